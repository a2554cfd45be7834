(* What the proofs need of convexity and of gradients. *)

From mathcomp Require Import all_ssreflect ssralg ssrnum ring.
From Pesim Require Import Game.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Calculus.
Variables (R : realFieldType) (N : nat).
Implicit Types (f : profile R N -> R) (x y g l : profile R N) (t : R).

Lemma toward_nonneg x y t :
  nonneg x -> nonneg y -> 0 <= t <= 1 -> nonneg (toward x y t).
Proof.
move=> x0 y0 /andP[t0 t1] k; rewrite ffunE addr_ge0 ?mulr_ge0 ?subr_ge0 //.
Qed.

Lemma toward_sub x y t k : toward x y t k - x k = t * (y k - x k).
Proof. by rewrite ffunE; ring. Qed.

(* Adding up inequalities; what is left is algebra. *)
Lemma le1 (a b a1 b1 : R) : a1 <= b1 -> b - a = b1 - a1 -> a <= b.
Proof. by rewrite -subr_ge0 => h e; rewrite -subr_ge0 e. Qed.

Lemma le2 (a b a1 b1 a2 b2 : R) : a1 <= b1 -> a2 <= b2 ->
  b - a = (b1 - a1) + (b2 - a2) -> a <= b.
Proof. by move=> h1 h2 e; rewrite -subr_ge0 e addr_ge0 ?subr_ge0. Qed.

Lemma lt2 (a b a1 b1 a2 b2 : R) : a1 < b1 -> a2 <= b2 ->
  b - a = (b1 - a1) + (b2 - a2) -> a < b.
Proof. by move=> h1 h2 e; rewrite -subr_gt0 e ltr_paddr ?subr_ge0 ?subr_gt0. Qed.

(* The derivative at x in the direction of y is the gradient's. *)
Lemma slope_toward f x y g : nonneg x -> nonneg y -> gradient f x g ->
  forall eps, 0 < eps -> exists2 t, 0 < t <= 1 &
    `|f (toward x y t) - f x - t * \sum_k g k * (y k - x k)| <= eps * t.
Proof.
move=> x0 y0 fg eps eps0; set L := \sum_k `|y k - x k|.
have L0 : 0 <= L by apply: sumr_ge0.
have L1 : 0 < L + 1 by rewrite ltr_paddl.
have [|delta delta0 close] := fg (eps / (L + 1)); first exact: divr_gt0.
pose t := Num.min 1 (delta / (L + 1)).
have t0 : 0 < t by rewrite lt_minr ltr01 divr_gt0.
have t1 : t <= 1 by rewrite le_minl lexx.
have tL : t * (L + 1) <= delta.
  by rewrite -ler_pdivl_mulr // le_minl lexx orbT.
exists t; first by rewrite t0.
have yx k : `|y k - x k| <= L + 1.
  rewrite /L (bigD1 k) //= -addrA ler_addl addr_ge0 ?ler01 //.
  exact: sumr_ge0.
have := close (toward x y t) (toward_nonneg x0 y0 _).
rewrite t1 (ltW t0) => /(_ isT).
have small k : `|toward x y t k - x k| <= delta.
  rewrite toward_sub normrM (gtr0_norm t0).
  by apply: le_trans tL; rewrite ler_pmul2l.
move=> /(_ small).
under eq_bigr do rewrite toward_sub mulrCA.
under [X in _ <= _ * X]eq_bigr do rewrite toward_sub normrM (gtr0_norm t0).
rewrite -!mulr_sumr -/L => /le_trans; apply.
rewrite mulrCA mulrC ler_pmul2r // -mulrA ler_pimulr ?(ltW eps0) //.
by rewrite mulrC ler_pdivr_mulr // mul1r ler_addl ler01.
Qed.

(* A convex function lies above its tangents. *)
Lemma gradient_inequality f x y g : convex f -> nonneg x -> nonneg y ->
  gradient f x g -> f x + \sum_k g k * (y k - x k) <= f y.
Proof.
move=> fc x0 y0 fg; set s := \sum_k _; apply/ler_addgt0Pr => eps eps0.
have [t /andP[t0 t1]] := slope_toward x0 y0 fg eps0.
rewrite -/s ler_norml => /andP[+ _].
have := fc x y t x0 y0; rewrite (ltW t0) t1 => /(_ isT).
rewrite mulrBl mul1r => upper lower.
rewrite -(ler_pmul2l t0); apply: (le2 upper lower); ring.
Qed.

(* If f does not fall from x towards y, its slope there is not negative. *)
Lemma first_order f x y g : nonneg x -> nonneg y -> gradient f x g ->
  (forall t, 0 < t <= 1 -> f x <= f (toward x y t)) ->
  0 <= \sum_k g k * (y k - x k).
Proof.
move=> x0 y0 fg low; set s := \sum_k _; apply/ler_addgt0Pr => eps eps0.
have [t t01] := slope_toward x0 y0 fg eps0.
rewrite -/s ler_norml => /andP[_ upper]; case/andP: (t01) => t0 _.
rewrite -(ler_pmul2l t0); apply: (le2 upper (low t t01)); ring.
Qed.

(* First-order conditions on x >= 0. *)
Lemma first_order_nonneg f x g : nonneg x -> gradient f x g ->
  (forall y, nonneg y -> f x <= f y) -> forall k, 0 <= g k /\ g k * x k = 0.
Proof.
move=> x0 fg low k.
have slope y : nonneg y -> 0 <= \sum_j g j * (y j - x j).
  move=> y0; apply: first_order fg _ => // t /andP[t0 t1]; apply: low.
  by apply: toward_nonneg => //; rewrite ltW.
have only e : \sum_j g j * (with_effort x k e j - x j) = g k * (e - x k).
  rewrite (bigD1 k) //= ffunE eqxx big1 ?addr0 // => j /negbTE jk.
  by rewrite ffunE jk subrr mulr0.
have to e : 0 <= e -> 0 <= g k * (e - x k).
  by move=> e0; rewrite -only; apply: slope => j; rewrite ffunE; case: eqP.
have up : 0 <= g k.
  have := to (x k + 1); rewrite addr_ge0 ?ler01 // => /(_ isT).
  by rewrite addrAC subrr add0r mulr1.
split=> //; apply/eqP; rewrite eq_le mulr_ge0 // andbT.
by have := to 0 (lexx 0); rewrite sub0r mulrN oppr_ge0.
Qed.

(* For convex f they are enough. *)
Lemma first_order_enough f x g : convex f -> nonneg x -> gradient f x g ->
  (forall k, 0 <= g k /\ g k * x k = 0) -> forall y, nonneg y -> f x <= f y.
Proof.
move=> fc x0 fg kkt y y0; apply: le_trans (gradient_inequality fc x0 y0 fg).
rewrite ler_addl sumr_ge0 // => k _; case: (kkt k) => gk gx.
by rewrite mulrBr gx subr0 mulr_ge0.
Qed.

(* Sums, and linear terms. *)
Lemma gradient_add f h x g g' : gradient f x g -> gradient h x g' ->
  gradient (fun y => f y + h y) x [ffun k => g k + g' k].
Proof.
move=> fg hg eps eps0; have e2 : 0 < eps / 2%:R by rewrite divr_gt0 ?ltr0n.
have [d d0 fd] := fg _ e2; have [d' d'0 hd] := hg _ e2.
exists (Num.min d d') => [|y y0 near]; first by rewrite lt_minr d0.
have near1 k : `|y k - x k| <= d.
  by apply: le_trans (near k) _; rewrite le_minl lexx.
have near2 k : `|y k - x k| <= d'.
  by apply: le_trans (near k) _; rewrite le_minl lexx orbT.
set a := \sum_k g k * (y k - x k); set b := \sum_k g' k * (y k - x k).
set L := \sum_k `|_|.
have -> : \sum_k [ffun k0 => g k0 + g' k0] k * (y k - x k) = a + b.
  by rewrite -big_split; apply: eq_bigr => k _; rewrite ffunE /= mulrDl.
have -> : f y + h y - (f x + h x) - (a + b) =
  (f y - f x - a) + (h y - h x - b) by ring.
apply: le_trans (ler_norm_add _ _) _.
have -> : eps * L = eps / 2%:R * L + eps / 2%:R * L by field.
by rewrite ler_add ?fd ?hd.
Qed.

Lemma gradient_opp f x g : gradient f x g ->
  gradient (fun y => - f y) x [ffun k => - g k].
Proof.
move=> fg eps eps0; have [d d0 small] := fg eps eps0; exists d => // y y0 near.
have -> : \sum_k [ffun k0 => - g k0] k * (y k - x k) = - \sum_k g k * (y k - x k).
  by rewrite -sumrN; apply: eq_bigr => k _; rewrite ffunE mulNr.
rewrite -!opprD normrN; exact: small.
Qed.

Lemma gradient_linear l x : gradient (inner l) x l.
Proof.
move=> eps eps0; exists 1 => // y _ _.
have -> : inner l y - inner l x - \sum_k l k * (y k - x k) = 0.
  by rewrite /inner -!sumrB big1 // => k _; ring.
by rewrite normr0 mulr_ge0 ?(ltW eps0) // sumr_ge0.
Qed.

Lemma gradient_sum (F : 'I_N -> profile R N -> R) x (g : 'I_N -> profile R N) :
  (forall i, gradient (F i) x (g i)) ->
  gradient (fun y => \sum_i F i y) x [ffun k => \sum_i g i k].
Proof.
move=> Fg; suff one (r : seq 'I_N) :
  gradient (fun y => \sum_(i <- r) F i y) x [ffun k => \sum_(i <- r) g i k] by [].
elim: r => [|i r ih] eps eps0.
  exists 1 => // y _ _; rewrite !big_nil subrr sub0r big1 ?oppr0 ?normr0.
    by rewrite mulr_ge0 ?(ltW eps0) // sumr_ge0.
  by move=> k _; rewrite ffunE big_nil mul0r.
have [d d0 small] := gradient_add (Fg i) ih eps0.
exists d => // y y0 near; rewrite !big_cons.
have := small y y0 near; congr (`|_ - _| <= _).
by apply: eq_bigr => k _; rewrite !ffunE big_cons.
Qed.

Lemma convex_add f h : convex f -> convex h -> convex (fun y => f y + h y).
Proof.
move=> fc hc x y t x0 y0 t01.
apply: (le2 (fc _ _ _ x0 y0 t01) (hc _ _ _ x0 y0 t01)); ring.
Qed.

Lemma convex_linear l : convex (inner l).
Proof.
move=> x y t _ _ _; rewrite /inner !mulr_sumr -big_split /= ler_sum // => k _.
by rewrite ffunE; apply: (le1 (lexx 0)); ring.
Qed.

Lemma convex_sum (F : 'I_N -> profile R N -> R) :
  (forall i, convex (F i)) -> convex (fun y => \sum_i F i y).
Proof.
move=> Fc x y t x0 y0 t01; rewrite !mulr_sumr -big_split /= ler_sum // => i _.
exact: Fc.
Qed.

End Calculus.

(* The cost g_i inherits what the risk f_i has. *)
Section Costs.
Variables (R : realFieldType) (N : nat) (G : game R N).
Implicit Types (x g : profile R N).

Definition unit_profile (i : 'I_N) (c : R) : profile R N :=
  [ffun k => if k == i then c else 0].

Lemma inner_unit i c x : inner (unit_profile i c) x = c * x i.
Proof.
rewrite /inner (bigD1 i) //= ffunE eqxx big1 ?addr0 // => k /negbTE ki.
by rewrite ffunE ki mul0r.
Qed.

Lemma cost_risk i x : cost G i x = risk G i x + inner (unit_profile i (unit_cost G i)) x.
Proof. by rewrite inner_unit. Qed.

Lemma convex_cost i : convex (risk G i) -> convex (cost G i).
Proof.
move=> fc x y t x0 y0 t01; rewrite !cost_risk.
exact: (convex_add fc (convex_linear _)).
Qed.

Lemma convex_social_cost : convex_risks G -> convex (social_cost G).
Proof. by move=> Gc; apply: convex_sum => i; apply: convex_cost. Qed.

Lemma gradient_cost i x g : gradient (risk G i) x g ->
  gradient (cost G i) x [ffun k => g k + unit_profile i (unit_cost G i) k].
Proof.
move=> fg eps eps0.
have [d d0 small] :=
  gradient_add fg (gradient_linear (unit_profile i (unit_cost G i)) x) eps0.
by exists d => // y y0 near; rewrite !cost_risk; apply: small.
Qed.

(* Every user's cost has a gradient at x. *)
Lemma cost_gradients x : differentiable_risks G -> nonneg x ->
  exists g : 'I_N -> profile R N, forall i, gradient (cost G i) x (g i).
Proof.
move=> Gd x0; have each i : exists g, gradient (cost G i) x g.
  by have [g fg] := Gd i x x0; eexists; apply: gradient_cost fg.
exact: (fin_all_exists each).
Qed.

End Costs.
