(* Section II and the appendix: Proposition 1. Best responses are bounded, (17)
   and (18). That an equilibrium exists then follows from a fixed-point theorem,
   which is an explicit hypothesis here: Debreu, Glicksberg and Fan. *)

From mathcomp Require Import all_ssreflect ssralg ssrnum ring.
From Pesim Require Import Game Calculus Anarchy.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Existence.
Variables (R : realFieldType) (N : nat) (G : game R N).
Implicit Types (x y : profile R N) (i k : 'I_N) (e h : R).

(* What the proof uses of the risks. *)
Definition risks_nonneg := forall i x, nonneg x -> 0 <= risk G i x.
(* The effort of others does no harm: with their efforts or without. *)
Definition others_do_no_harm :=
  forall i x e, nonneg x -> 0 <= e -> risk G i (with_effort x i e) <= risk G i (with_effort 0 i e).
(* Convex in one's own effort alone. *)
Definition own_convex := forall i x e h t, nonneg x -> 0 <= e -> 0 <= h -> 0 <= t <= 1 ->
  risk G i (with_effort x i ((1 - t) * e + t * h)) <=
  (1 - t) * risk G i (with_effort x i e) + t * risk G i (with_effort x i h).
(* Continuous on x >= 0. *)
Definition continuous (f : profile R N -> R) := forall x, nonneg x ->
  forall eps, 0 < eps -> exists2 delta, 0 < delta & forall y, nonneg y ->
    (forall k, `|y k - x k| <= delta) -> `|f y - f x| <= eps.

(* An equilibrium among efforts of at most b. *)
Definition nash_below (b : 'I_N -> R) x :=
  (nonneg x /\ forall k, x k <= b k) /\
  forall i e, 0 <= e <= b i -> cost G i x <= cost G i (with_effort x i e).

(* The fixed-point theorem, for the game at hand: if costs are continuous, and
   convex in one's own effort, there is an equilibrium on any intervals. *)
Definition debreu_glicksberg_fan :=
  (forall i, continuous (cost G i)) -> own_convex ->
  forall b : 'I_N -> R, (forall i, 0 <= b i) -> exists x, nash_below b x.

Hypothesis cost0 : forall i, 0 < unit_cost G i.
Hypothesis risk0 : risks_nonneg.
Hypothesis harmless : others_do_no_harm.

(* Doing nothing against idle users costs f_i(0). *)
Definition bound i := risk G i 0 / unit_cost G i.

Lemma bound_ge0 i : 0 <= bound i.
Proof. by rewrite divr_ge0 ?(ltW (cost0 i)) // risk0 // => k; rewrite ffunE. Qed.

(* Every best response is at most f_i(0) / c_i. *)
Theorem best_responses_are_bounded i x e : nonneg x -> bound i < e ->
  cost G i (with_effort x i 0) < cost G i (with_effort x i e).
Proof.
move=> x0 big; have e0 : 0 <= e by rewrite (le_trans (bound_ge0 i)) // ltW.
have xe0 : nonneg (with_effort x i e) by move=> k; rewrite ffunE; case: eqP.
have idle : with_effort 0 i 0 = 0 :> profile R N.
  by apply/ffunP => k; rewrite !ffunE if_same.
have low := harmless i x0 (lexx 0); rewrite idle in low.
rewrite /cost ![with_effort _ _ _ i]ffunE eqxx mulr0 addr0.
apply: le_lt_trans low _; apply: (lt_le_trans (_ : _ < unit_cost G i * e)).
  by rewrite -ltr_pdivr_mull // mulrC.
by rewrite ler_addr risk0.
Qed.

(* Proposition 1. *)
Theorem proposition_1 : debreu_glicksberg_fan ->
  (forall i, continuous (cost G i)) -> own_convex -> exists x, nash G x.
Proof.
move=> fixed_point cont conv.
have [x [[x0 xb] best]] := fixed_point cont conv bound bound_ge0.
exists x; apply/nash_cost; split=> // i e e0.
have [small|big] := lerP e (bound i); first by apply: best; rewrite e0.
apply: le_trans (ltW (best_responses_are_bounded x0 big)).
by apply: best; rewrite lexx bound_ge0.
Qed.

(* (17): where f_i is convex in x_i, it lies above its tangent at h. *)
Theorem equation_17 i x h g : own_convex -> nonneg x -> 0 <= h ->
  gradient (risk G i) (with_effort x i h) g ->
  - h * g i <= risk G i (with_effort x i 0) - risk G i (with_effort x i h).
Proof.
move=> conv x0 h0 dg; set xh := with_effort x i h; set xz := with_effort x i 0.
have xh0 : nonneg xh by apply: with_effort_nonneg.
have xz0 : nonneg xz by apply: with_effort_nonneg.
have dir : \sum_k g k * (xz k - xh k) = - h * g i.
  rewrite (bigD1 i) //= big1 => [|k /negbTE ki]; last first.
    by rewrite [xz k]ffunE [xh k]ffunE ki subrr mulr0.
  by rewrite [xz i]ffunE [xh i]ffunE eqxx addr0 sub0r mulrC.
apply/ler_addgt0Pr => eps eps0.
have [t /andP[t0 t1]] := slope_toward xh0 xz0 dg eps0.
have -> : toward xh xz t = with_effort x i ((1 - t) * h + t * 0).
  apply/ffunP => k; rewrite [LHS]ffunE [xh k]ffunE [xz k]ffunE [RHS]ffunE.
  by case: eqP => // _; move: (x k) => a; ring.
have := conv i x h 0 t x0 h0 (lexx 0); rewrite t1 (ltW t0) => /(_ isT).
rewrite -/xh -/xz dir ler_norml => upper /andP[lower _].
rewrite -(ler_pmul2l t0); apply: (le2 upper lower).
by move: (risk G i _) (risk G i xh) (risk G i xz) (g i) => a b d s; ring.
Qed.

(* (18): so the cost is rising at (f_i(0) + eps) / c_i. *)
Theorem equation_18 i x eps g : own_convex -> nonneg x -> 0 < eps ->
  gradient (risk G i) (with_effort x i ((risk G i 0 + eps) / unit_cost G i)) g ->
  0 < g i + unit_cost G i.
Proof.
set h := _ / _ => conv x0 eps0 dg; have zero : nonneg (0 : profile R N) by move=> k; rewrite ffunE.
have top : 0 < risk G i 0 + eps by rewrite ltr_paddl // risk0.
have h0 : 0 < h by rewrite divr_gt0.
have h_ge0 := ltW h0; have := equation_17 conv x0 h_ge0 dg.
have idle : with_effort 0 i 0 = 0 :> profile R N.
  by apply/ffunP => k; rewrite !ffunE if_same.
have low := harmless i x0 (lexx 0); rewrite idle in low.
have pos := risk0 i (with_effort_nonneg i x0 h_ge0).
have ch : unit_cost G i * h = risk G i 0 + eps by rewrite mulrC divfK ?gt_eqF.
move=> tangent; rewrite -(pmulr_rgt0 _ h0) mulrDr [h * unit_cost _ _]mulrC ch.
apply: (lt_le_trans eps0).
have := ler_add (ler_add tangent low) pos; rewrite addr0 => sum.
apply: (le1 sum); move: (risk G i _) (risk G i _) (risk G i 0) (g i) => a b d s; ring.
Qed.

End Existence.
