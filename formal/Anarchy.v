(* Section III: the price of anarchy, and the total-effort example. *)

From mathcomp Require Import all_ssreflect ssralg ssrnum ring.
From Pesim Require Import Game Calculus.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Definitions.
Variables (R : realFieldType) (N : nat).

(* (4): rho is the social cost of the worst equilibrium over the least one. *)
Definition price_of_anarchy (G : game R N) (rho : R) :=
  exists2 best, social_optimum G best &
    (exists2 worst, nash G worst & rho = social_cost G worst / social_cost G best) /\
    forall x, nash G x -> social_cost G x / social_cost G best <= rho.

(* The total-effort example: all users have the same risk f of the sum of all
   efforts. *)
Definition total (x : profile R N) := \sum_k x k.
Definition total_effort (f : R -> R) (c : 'I_N -> R) : game R N :=
  Game (fun _ x => f (total x)) c.

(* Only user i invests, and exerts e. *)
Definition only (i : 'I_N) (e : R) : profile R N :=
  [ffun k => if k == i then e else 0].

(* Functions of one number s >= 0. *)
Definition slope (f : R -> R) (s d : R) :=
  forall eps, 0 < eps -> exists2 delta, 0 < delta & forall t, 0 <= t ->
    `|t - s| <= delta -> `|f t - f s - d * (t - s)| <= eps * `|t - s|.
Definition curved (f : R -> R) :=   (* strictly convex *)
  forall s t u, 0 <= s -> 0 <= t -> s <> t -> 0 < u < 1 ->
    f ((1 - u) * s + u * t) < (1 - u) * f s + u * f t.

End Definitions.

Section NashConditions.
Variables (R : realFieldType) (N : nat) (G : game R N).
Implicit Types (x : profile R N) (i k : 'I_N).

Lemma only_direction x i e (g : profile R N) :
  \sum_k g k * (with_effort x i e k - x k) = g i * (e - x i).
Proof.
rewrite (bigD1 i) //= [with_effort _ _ _ i]ffunE eqxx big1 ?addr0 //.
by move=> k /negbTE ki; rewrite [with_effort _ _ _ k]ffunE ki subrr mulr0.
Qed.

Lemma with_effort_nonneg x i e : nonneg x -> 0 <= e -> nonneg (with_effort x i e).
Proof. by move=> x0 e0 k; rewrite ffunE; case: eqP. Qed.

(* Where user i's own effort is best for it, its own slope satisfies the
   first-order conditions. *)
Lemma own_first_order x i g : nonneg x ->
  (forall e, 0 <= e -> cost G i x <= cost G i (with_effort x i e)) ->
  gradient (cost G i) x g -> 0 <= g i /\ g i * x i = 0.
Proof.
move=> x0 best dg.
have to e : 0 <= e -> 0 <= g i * (e - x i).
  move=> e0; rewrite -only_direction.
  apply: (first_order x0 (with_effort_nonneg i x0 e0) dg) => t /andP[t0 t1].
  suff -> : toward x (with_effort x i e) t = with_effort x i ((1 - t) * x i + t * e).
    by apply: best; rewrite addr_ge0 ?mulr_ge0 ?subr_ge0 // ltW.
  apply/ffunP => k; rewrite !ffunE; case: eqP => [->//|_].
  by move: (x k) => a; ring.
have up : 0 <= g i.
  have := to (x i + 1); rewrite addr_ge0 ?ler01 // => /(_ isT).
  by rewrite addrAC subrr add0r mulr1.
split=> //; apply/eqP; rewrite eq_le mulr_ge0 // andbT.
by have := to 0 (lexx 0); rewrite sub0r mulrN oppr_ge0.
Qed.

Lemma nash_first_order x i g : nash G x -> gradient (cost G i) x g ->
  0 <= g i /\ g i * x i = 0.
Proof. by move=> /nash_cost[x0 best]; apply: own_first_order (best i). Qed.

(* For convex costs these conditions are enough. *)
Lemma nash_enough x (g : 'I_N -> profile R N) : nonneg x -> convex_risks G ->
  (forall i, gradient (cost G i) x (g i)) ->
  (forall i, 0 <= g i i /\ g i i * x i = 0) -> nash G x.
Proof.
move=> x0 Gc dg kkt; apply/nash_cost; split=> // i e e0.
have := gradient_inequality (convex_cost (Gc i)) x0 (with_effort_nonneg i x0 e0) (dg i).
rewrite only_direction; apply: le_trans; rewrite ler_addl.
by case: (kkt i) => gi gx; rewrite mulrBr gx subr0 mulr_ge0.
Qed.

End NashConditions.

Section TotalEffort.
Variables (R : realFieldType) (n : nat) (f df : R -> R) (c : 'I_n.+1 -> R).
Notation N := n.+1.
Implicit Types (x : profile R N) (i k : 'I_N) (s t : R).
Hypothesis derivative : forall s, 0 <= s -> slope f s (df s).
Hypothesis f_curved : curved f.
Let G := total_effort f c.

Lemma total_nonneg x : nonneg x -> 0 <= total x.
Proof. by move=> x0; apply: sumr_ge0. Qed.

Lemma gradient_total i x : nonneg x ->
  gradient (risk G i) x [ffun=> df (total x)].
Proof.
move=> x0 eps eps0; have [d d0 small] := derivative (total_nonneg x0) eps0.
have N0 : 0 < N%:R :> R by rewrite ltr0n.
exists (d / N%:R) => [|y y0 near]; first exact: divr_gt0.
have diff : total y - total x = \sum_k (y k - x k) by rewrite /total sumrB.
have bound : `|total y - total x| <= \sum_k `|y k - x k|.
  by rewrite diff; apply: ler_norm_sum.
have -> : \sum_k [ffun=> df (total x)] k * (y k - x k) =
    df (total x) * (total y - total x).
  by rewrite diff mulr_sumr; apply: eq_bigr => k _; rewrite ffunE.
apply: le_trans (small _ (total_nonneg y0) _) _.
  apply: le_trans bound _; apply: le_trans (ler_sum _ (fun k _ => near k)) _.
  by rewrite sumr_const card_ord -(mulr_natr (d / _)) divfK ?gt_eqF.
by rewrite ler_pmul2l.
Qed.

Lemma total_toward x y t :
  total (toward x y t) = (1 - t) * total x + t * total y.
Proof.
rewrite /total !mulr_sumr -big_split /=; apply: eq_bigr => k _.
by rewrite ffunE.
Qed.

Lemma curved_convex s t u : 0 <= s -> 0 <= t -> 0 <= u <= 1 ->
  f ((1 - u) * s + u * t) <= (1 - u) * f s + u * f t.
Proof.
move=> s0 t0 /andP[u0 u1]; have [->|st] := eqVneq s t.
  by rewrite -!mulrDl subrK !mul1r.
have [->|un0] := eqVneq u 0; first by rewrite subr0 !mul1r !mul0r !addr0.
have [->|un1] := eqVneq u 1; first by rewrite subrr !mul1r !mul0r !add0r.
by apply/ltW/f_curved => //; [apply/eqP | rewrite !lt_neqAle u0 u1 eq_sym un0 un1].
Qed.

Lemma total_convex : convex_risks G.
Proof.
move=> i x y t x0 y0 t01 /=; rewrite total_toward.
by apply: curved_convex; rewrite ?total_nonneg.
Qed.

(* The cost of user i has at x the slope f'(sum x) + c_i in its own effort. *)
Definition total_gradient i x : profile R N :=
  [ffun k => [ffun=> df (total x)] k + unit_profile i (c i) k].

Lemma gradient_total_cost i x : nonneg x -> gradient (cost G i) x (total_gradient i x).
Proof. by move=> x0; apply: (gradient_cost (gradient_total i x0)). Qed.

Lemma nash_total x : nash G x <-> nonneg x /\
  forall i, 0 <= df (total x) + c i /\ (df (total x) + c i) * x i = 0.
Proof.
have own i : total_gradient i x i = df (total x) + c i by rewrite !ffunE eqxx.
split=> [eq_x|[x0 kkt]].
  have x0 := eq_x.1; split=> // i; rewrite -own.
  exact: nash_first_order eq_x (gradient_total_cost i x0).
apply: nash_enough x0 total_convex (fun i => gradient_total_cost i x0) _ => i.
by rewrite own.
Qed.

Lemma optimum_total x : social_optimum G x <-> nonneg x /\
  forall i, 0 <= N%:R * df (total x) + c i /\ (N%:R * df (total x) + c i) * x i = 0.
Proof.
have sum_grad k : [ffun j => \sum_i total_gradient i x j] k = N%:R * df (total x) + c k.
  rewrite ffunE (eq_bigr (fun i => df (total x) + unit_profile i (c i) k)); last first.
    by move=> i _; rewrite !ffunE.
  rewrite big_split /= sumr_const card_ord mulr_natl; congr (_ + _).
  rewrite (bigD1 k) //= ffunE eqxx big1 ?addr0 // => i ik.
  by rewrite ffunE eq_sym (negbTE ik).
have dG (x0 : nonneg x) : gradient (social_cost G) x [ffun j => \sum_i total_gradient i x j].
  exact: (@gradient_sum _ _ (cost G) x (fun i => total_gradient i x) (fun i => gradient_total_cost i x0)).
split=> [[x0 best]|[x0 kkt]].
  split=> // i; rewrite -sum_grad; exact: first_order_nonneg x0 (dG x0) best i.
split=> //; apply: first_order_enough (convex_social_cost total_convex) x0 (dG x0) _.
by move=> k; rewrite sum_grad.
Qed.

(* User 1 is the cheapest. *)
Variable one : 'I_N.
Hypothesis cheapest : forall i, i != one -> c one < c i.

Lemma total_only (e : R) : total (only one e) = e.
Proof.
rewrite /total (bigD1 one) //= ffunE eqxx big1 ?addr0 // => k /negbTE k1.
by rewrite ffunE k1.
Qed.

Lemma only_conditions F x : nonneg x ->
  (forall i, 0 <= F + c i /\ (F + c i) * x i = 0) <->
  [/\ x = only one (total x), 0 <= F + c one & (F + c one) * total x = 0].
Proof.
move=> x0; split=> [kkt|[-> F0 slack] i].
  have [F0 slack] := kkt one.
  have x_only : x = only one (x one).
    apply/ffunP => k; rewrite ffunE; case: eqP => [->//|/eqP k1].
    have [_ /eqP] := kkt k; rewrite mulf_eq0 => /orP[|/eqP//].
    by rewrite gt_eqF // (le_lt_trans F0) // ltr_add2l cheapest.
  by have -> : total x = x one by rewrite {1}x_only total_only.
have [->|i1] := eqVneq i one.
  by rewrite total_only in slack; rewrite ffunE eqxx.
by rewrite ffunE (negbTE i1) mulr0 (le_trans F0) // ler_add2l ltW // cheapest.
Qed.

(* In equilibrium only user 1 invests, until its slope is the cost. *)
Theorem total_effort_nash x : nash G x <-> exists2 e, 0 <= e &
  [/\ x = only one e, 0 <= df e + c one & (df e + c one) * e = 0].
Proof.
rewrite nash_total; split=> [[x0 kkt]|[e e0 [-> F0 slack]]].
  by exists (total x); [apply: total_nonneg | apply/only_conditions].
have x0 : nonneg (only one e) by move=> k; rewrite ffunE; case: eqP.
by split=> //; apply/only_conditions => //; rewrite total_only.
Qed.

(* At the optimum only user 1 invests, until N times its slope is the cost. *)
Theorem total_effort_optimum x : social_optimum G x <-> exists2 e, 0 <= e &
  [/\ x = only one e, 0 <= N%:R * df e + c one & (N%:R * df e + c one) * e = 0].
Proof.
rewrite optimum_total; split=> [[x0 kkt]|[e e0 [-> F0 slack]]].
  by exists (total x); [apply: total_nonneg | apply/only_conditions].
have x0 : nonneg (only one e) by move=> k; rewrite ffunE; case: eqP.
by split=> //; apply/only_conditions => //; rewrite total_only.
Qed.

(* The paper's form of the equilibrium, and its condition. *)
Corollary total_effort_nash_invests x : c one < - df 0 ->
  nash G x <-> exists2 e, 0 <= e & x = only one e /\ df e = - c one.
Proof.
move=> c1; rewrite total_effort_nash; split=> -[e e0].
  move=> [-> F0 slack]; exists e => //; split=> //; apply/eqP.
  move/eqP: slack; rewrite mulf_eq0 addr_eq0 => /orP[//|/eqP e_0].
  move: F0; rewrite e_0 -ler_subl_addr sub0r ler_oppl => /(lt_le_trans c1).
  by rewrite ltxx.
by move=> [-> dfe]; exists e => //; rewrite dfe addNr mul0r.
Qed.

Corollary total_effort_optimum_invests x : c one < - (N%:R * df 0) ->
  social_optimum G x <->
  exists2 e, 0 <= e & x = only one e /\ N%:R * df e = - c one.
Proof.
move=> c1; rewrite total_effort_optimum; split=> -[e e0].
  move=> [-> F0 slack]; exists e => //; split=> //; apply/eqP.
  move/eqP: slack; rewrite mulf_eq0 addr_eq0 => /orP[//|/eqP e_0].
  move: F0; rewrite e_0 -ler_subl_addr sub0r ler_oppl => /(lt_le_trans c1).
  by rewrite ltxx.
by move=> [-> dfe]; exists e => //; rewrite dfe addNr mul0r.
Qed.

(* A curved function lies strictly above its tangents, so its slope rises. *)
Lemma above_tangent s t : 0 <= s -> 0 <= t -> s <> t ->
  f s + df s * (t - s) < f t.
Proof.
move=> s0 t0 st; pose h : R := 2%:R^-1.
have h0 : 0 < h by rewrite invr_gt0 ltr0n.
have hh : h + h = 1 by rewrite -mulr2n -(mulr_natr h) mulVf // pnatr_eq0.
have h1 : h < 1 by rewrite -hh ltr_addl.
pose m := (1 - h) * s + h * t.
have m0 : 0 <= m by rewrite addr_ge0 ?mulr_ge0 ?subr_ge0 ?(ltW h0) ?(ltW h1).
have only0 (u : R) : 0 <= u -> nonneg (only one u) by move=> u0 k; rewrite ffunE; case: eqP.
have below : f s + df s * (m - s) <= f m.
  have := gradient_inequality (total_convex one) (only0 _ s0) (only0 _ m0)
    (gradient_total one (only0 _ s0)).
  rewrite /= !total_only (bigD1 one) //= !ffunE eqxx big1 ?addr0 // => k /negbTE k1.
  by rewrite !ffunE k1 subrr mulr0.
have : f m < (1 - h) * f s + h * f t by apply: f_curved => //; rewrite h0.
move=> above; rewrite -(ltr_pmul2l h0); apply: (lt2 above below).
by rewrite /m; ring.
Qed.

Lemma slope_rises s t : 0 <= s -> s < t -> df s < df t.
Proof.
move=> s0 st; have t0 : 0 <= t by rewrite (le_trans s0) // ltW.
have neq : s <> t by move=> e; move: st; rewrite e ltxx.
have above := above_tangent s0 t0 neq; have below := above_tangent t0 s0 (nesym neq).
have ts : 0 < t - s by rewrite subr_gt0.
by rewrite -(ltr_pmul2r ts); apply: (lt2 above (ltW below)); ring.
Qed.

(* The two conditions have one solution each. *)
Lemma one_effort (a F : R) e e' : 0 < a -> 0 <= e -> 0 <= e' ->
  0 <= a * df e + F -> (a * df e + F) * e = 0 ->
  0 <= a * df e' + F -> (a * df e' + F) * e' = 0 -> e = e'.
Proof.
have half u v : 0 < a -> 0 <= u -> 0 <= a * df u + F -> (a * df v + F) * v = 0 ->
    ~~ (u < v).
  move=> a0 u0 Fu /eqP; rewrite mulf_eq0 => zero; apply/negP => uv.
  have : 0 < a * df v + F.
    by apply: le_lt_trans Fu _; rewrite ltr_add2r ltr_pmul2l // slope_rises.
  move: zero => /orP[/eqP->|/eqP v0 _]; first by rewrite ltxx.
  by move: uv; rewrite v0 ltNge u0.
move=> a0 e0 e'0 Fe Se Fe' Se'; apply/eqP; rewrite eq_le !leNgt.
by rewrite (half e' e) // (half e e').
Qed.

Theorem total_effort_one_nash x y : nash G x -> nash G y -> x = y.
Proof.
move=> /total_effort_nash[e e0 [-> Fe Se]] /total_effort_nash[e' e'0 [-> Fe' Se']].
by rewrite (@one_effort 1 (c one) e e') ?ltr01 ?mul1r.
Qed.

Theorem total_effort_one_optimum x y : social_optimum G x -> social_optimum G y -> x = y.
Proof.
move=> /total_effort_optimum[e e0 [-> Fe Se]].
move=> /total_effort_optimum[e' e'0 [-> Fe' Se']].
by rewrite (@one_effort N%:R (c one) e e') ?ltr0n.
Qed.

Lemma social_cost_only (e : R) :
  social_cost G (only one e) = N%:R * f e + c one * e.
Proof.
rewrite /social_cost /cost /= big_split /= total_only sumr_const card_ord mulr_natl.
congr (_ + _); rewrite (bigD1 one) //= ffunE eqxx big1 ?addr0 // => k /negbTE k1.
by rewrite ffunE k1 mulr0.
Qed.

(* The paper's formula for rho. *)
Theorem price_of_anarchy_formula a b : nash G (only one a) ->
  social_optimum G (only one b) ->
  price_of_anarchy G ((N%:R * f a + c one * a) / (N%:R * f b + c one * b)).
Proof.
move=> eq_a opt_b; exists (only one b) => //; rewrite -!social_cost_only.
split; first by exists (only one a).
by move=> x /total_effort_one_nash-/(_ _ eq_a) ->.
Qed.

Section Gap.
Hypotheses (two : (1 < N)%N) (c0 : 0 < c one) (worth : c one < - (N%:R * df 0)).
Variables (a b : R).
Hypotheses (eq_a : nash G (only one a)) (opt_b : social_optimum G (only one b)).

Lemma only_inj (e e' : R) : only one e = only one e' -> e = e'.
Proof. by move=> h; rewrite -[e]total_only h total_only. Qed.

(* Figure 1: under-investment. *)
Theorem under_investment : a < b.
Proof.
have [e e0 [/only_inj-> Fa Sa]] := (total_effort_nash _).1 eq_a.
have [e' e'0 [/only_inj-> dfb]] := (total_effort_optimum_invests _ worth).1 opt_b.
rewrite ltNge; apply/negP => be.
have dfe : df e' <= df e.
  by move: be; rewrite le_eqVlt => /orP[/eqP->//|/(slope_rises e'0)/ltW].
have e_pos : 0 < e.
  rewrite lt_neqAle e0 andbT; apply/eqP => e_0.
  have e'_0 : e' = 0 by apply/eqP; rewrite eq_le e'0 andbT e_0.
  by move: worth; rewrite -e'_0 dfb opprK ltxx.
have {Sa} dfa : df e = - c one.
  by move/eqP: Sa; rewrite mulf_eq0 (gt_eqF e_pos) orbF addr_eq0 => /eqP.
have : N%:R * df e' <= N%:R * df e by rewrite ler_pmul2l ?ltr0n.
rewrite dfb dfa mulrN ler_opp2 ger_pmull // lern1 leqNgt.
by rewrite two.
Qed.

(* Selfishness is costly. *)
Theorem price_above_one :
  social_cost G (only one b) < social_cost G (only one a).
Proof.
have a0 := eq_a.1; rewrite lt_neqAle opt_b.2 // andbT; apply/eqP => same.
have opt_a : social_optimum G (only one a).
  by split=> // z z0; rewrite -same; apply: opt_b.2.
have := total_effort_one_optimum opt_a opt_b => /only_inj ab.
by have := under_investment; rewrite ab ltxx.
Qed.

End Gap.

(* Where effort costs more, nobody invests in either, and rho = 1. *)
Theorem price_is_one x y : - (N%:R * df 0) <= c one -> df 0 <= 0 ->
  nash G x -> social_optimum G y -> x = only one 0 /\ y = only one 0.
Proof.
move=> dear falls eq_x opt_y; have N1 : (1 : R) <= N%:R by rewrite ler1n.
have F0 : 0 <= N%:R * df 0 + c one by rewrite -ler_subl_addl sub0r.
split.
  apply: total_effort_one_nash eq_x _; apply/total_effort_nash.
  exists 0 => //; split; rewrite ?mulr0 // (le_trans F0) // ler_add2r.
  by rewrite ler_nemull.
apply: total_effort_one_optimum opt_y _; apply/total_effort_optimum.
by exists 0 => //; split; rewrite ?mulr0.
Qed.

End TotalEffort.
