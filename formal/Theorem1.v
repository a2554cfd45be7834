(* Section IV: Theorem 1, with projected efforts. An equilibrium is optimal,
   whatever the risks are. The steps (10) to (15) are the paper's. *)

From mathcomp Require Import all_ssreflect ssralg ssrnum.
From Pesim Require Import Game Mechanism.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Theorem1.
Variables (R : realFieldType) (n : nat).
Notation N := n.+1.
Implicit Types (G : game R N) (m : messages R n) (F : form R n).
Implicit Types (i k : 'I_N) (x y : profile R N).

Hypothesis three : (2 < N)%N.

(* What the three forms have in common: prices are not negative, a user may
   name any such prices, and efforts depend on proposals alone. *)
Definition by_proposals F :=
  [/\ forall d, allowed F d -> nonneg (price d),
      forall d q, allowed F d -> nonneg q -> allowed F (Message q (proposal d))
    & forall m m', (forall j, proposal (m j) = proposal (m' j)) ->
      efforts F m = efforts F m'].

Lemma mean_by_proposals m m' :
  (forall j, proposal (m j) = proposal (m' j)) -> mean m = mean m'.
Proof.
by move=> e; apply/ffunP => k; rewrite !ffunE; under eq_bigr do rewrite e.
Qed.

Lemma unrestricted_by_proposals : by_proposals (unrestricted R n).
Proof. by split=> //; apply: mean_by_proposals. Qed.

Lemma projected_by_proposals : by_proposals (projected R n).
Proof. by split=> // m m' e; rewrite /= (mean_by_proposals e). Qed.

Lemma nonnegative_by_proposals : by_proposals (nonnegative R n).
Proof.
split=> /= [d []//|d q [_ d0] q0|]; first by split.
exact: mean_by_proposals.
Qed.

(* (10): prices that user i names for others' efforts weigh its own penalty
   and change nothing else. *)
Lemma equation_10 F m i q : by_proposals F ->
  let m' := deviate m i (Message q (proposal (m i))) in
  efforts F m' = efforts F m /\
  forall y, tax_at y m' i = tax_at y m i +
    \sum_k (q k - price (m i) k) * (proposal (m i) k - proposal (m (next i)) k) ^+ 2.
Proof.
move=> [_ _ Fe] m'; split=> [|y].
  by apply: Fe => j; rewrite /m' /deviate; case: eqP => // ->.
rewrite (tax_deviate three) /tax_at [RHS]addrAC; congr (_ - _); rewrite -addrA; congr (_ + _).
by rewrite /penalty -big_split /=; apply: eq_bigr => k _; rewrite -mulrDl [X in _ = X * _]addrC subrK.
Qed.

Section Equilibrium.
Variables (F : form R n) (G : game R N) (m : messages R n).
Hypotheses (Fp : by_proposals F) (eq_m : equilibrium F G m).

Let price0 i k : 0 <= price (m i) k.
Proof. by case: Fp eq_m => nn _ _ [al _]; apply: nn. Qed.

Lemma penalty_zero i k :
  price (m i) k * (proposal (m i) k - proposal (m (next i)) k) ^+ 2 = 0.
Proof.
have term j : 0 <= price (m i) j *
    (proposal (m i) j - proposal (m (next i)) j) ^+ 2.
  by rewrite mulr_ge0 ?sqr_ge0.
case: Fp eq_m => _ Fq _ [al best].
have z0 : nonneg (0 : profile R N) by move=> j; rewrite ffunE.
have := best i _ (Fq _ _ (al i) z0).
have [same tax'] := equation_10 m i 0 Fp.
rewrite /payoff same tax' !utility_cost ler_opp2 ler_add2l ler_addl.
under eq_bigr do rewrite ffunE sub0r mulNr; rewrite sumrN oppr_ge0 => le0.
have sum0 : \sum_j price (m i) j *
    (proposal (m i) j - proposal (m (next i)) j) ^+ 2 = 0.
  by apply/eqP; rewrite eq_le le0 sumr_ge0.
by have /psumr_eq0P := sum0; apply.
Qed.

(* (11), component by component: in equilibrium user i names the price zero, or
   proposes what user i + 1 proposes. *)
Lemma equation_11 i k :
  price (m i) k = 0 \/ proposal (m i) k = proposal (m (next i)) k.
Proof.
have /eqP := penalty_zero i k; rewrite mulf_eq0 sqrf_eq0 subr_eq0.
by case/orP=> /eqP; [left|right].
Qed.

Lemma no_penalty i : penalty m i = 0.
Proof. by apply: big1 => k _; apply: penalty_zero. Qed.

(* (12): in equilibrium the tax is price times effort. *)
Lemma equation_12 i y : tax_at y m i = inner (lindahl m i) y.
Proof. by rewrite /tax_at !no_penalty subr0 addr0. Qed.

(* (13): no proposal that user i may make, with prices of zero, leads to efforts
   that are better for it at its prices. *)
Lemma equation_13 i (z : profile R N) : allowed F (Message 0 z) ->
  let y := efforts F m in
  let y' := efforts F (deviate m i (Message 0 z)) in
  cost G i y + inner (lindahl m i) y <= cost G i y' + inner (lindahl m i) y'.
Proof.
move=> ok /=; case: eq_m => _ /(_ i _ ok); rewrite /payoff !utility_cost ler_opp2.
rewrite equation_12 (tax_deviate three) no_penalty big1 ?addr0 ?subr0 // => k _.
by rewrite ffunE mul0r.
Qed.

End Equilibrium.

(* (14), with projection: at its prices each user likes the efforts best among
   all efforts that are not negative. *)
Lemma equation_14 G m i x : equilibrium (projected R n) G m -> nonneg x ->
  let y := efforts (projected R n) m in
  cost G i y + inner (lindahl m i) y <= cost G i x + inner (lindahl m i) x.
Proof.
move=> eq_m x0; have ok : allowed (projected R n) (steer m i x).
  by move=> k /=; rewrite ffunE.
have := equation_13 projected_by_proposals eq_m i ok => /=.
suff -> : [ffun k => Num.max (mean (deviate m i (steer m i x)) k) 0] = x by [].
by apply/ffunP => k; rewrite ffunE mean_steer; apply/max_idPl.
Qed.

(* (14) as the paper writes it: without x >= 0. *)
Lemma equation_14_unrestricted G m i x : equilibrium (unrestricted R n) G m ->
  cost G i (mean m) + inner (lindahl m i) (mean m) <=
  cost G i x + inner (lindahl m i) x.
Proof.
move=> eq_m; have ok : allowed (unrestricted R n) (steer m i x).
  by move=> k /=; rewrite ffunE.
have := equation_13 unrestricted_by_proposals eq_m i ok => /=.
by rewrite mean_steer.
Qed.

(* (15): summed over users, prices cancel. *)
Lemma equation_15 G (l : 'I_N -> profile R N) x y :
  (forall k, \sum_i l i k = 0) ->
  (forall i, cost G i y + inner (l i) y <= cost G i x + inner (l i) x) ->
  social_cost G y <= social_cost G x.
Proof.
move=> l0 each; have cancel z : \sum_i inner (l i) z = 0.
  by rewrite exchange_big big1 // => k _; rewrite -mulr_suml l0 mul0r.
have total z : \sum_i (cost G i z + inner (l i) z) = social_cost G z.
  by rewrite big_split /= cancel addr0.
by rewrite -!total; apply: ler_sum => i _; apply: each.
Qed.

(* Theorem 1, with projection. The risks are arbitrary functions. *)
Theorem theorem_1 G m : equilibrium (projected R n) G m ->
  social_optimum G (efforts (projected R n) m).
Proof.
move=> eq_m; split=> [k|x x0]; first by rewrite ffunE le_maxr lexx orbT.
apply: equation_15 (lindahl_balance m) _ => i; exact: equation_14.
Qed.

(* (11) and (14) say all: where prices are not negative, they make an
   equilibrium. *)
Theorem equilibrium_iff G m : let y := efforts (projected R n) m in
  equilibrium (projected R n) G m <->
  [/\ forall i, nonneg (price (m i)),
      forall i k, price (m i) k = 0 \/ proposal (m i) k = proposal (m (next i)) k
    & forall i x, nonneg x ->
        cost G i y + inner (lindahl m i) y <= cost G i x + inner (lindahl m i) x].
Proof.
move=> y; split=> [eq_m|[p0 agree best]].
  split=> [|i k|i x x0]; first exact: eq_m.1.
    exact: (equation_11 projected_by_proposals eq_m).
  exact: equation_14.
have none i : penalty m i = 0.
  apply: big1 => k _; case: (agree i k) => ->; first exact: mul0r.
  by rewrite subrr expr0n mulr0.
split=> // i d d0; rewrite /payoff !utility_cost ler_opp2 (tax_deviate three).
rewrite /tax_at !none !subr0 addr0 addrA; set y' := efforts _ (deviate _ _ _).
have y'0 : nonneg y' by move=> k; rewrite ffunE le_maxr lexx orbT.
apply: le_trans (best i _ y'0) _; rewrite ler_addl sumr_ge0 // => k _.
by rewrite mulr_ge0 ?sqr_ge0 //; apply: d0.
Qed.

(* The same in the words of (2): efforts and taxes solve the regulator's
   problem. *)
Corollary theorem_1_regulator G m : equilibrium (projected R n) G m ->
  regulator_optimum G (efforts (projected R n) m)
    [ffun i => tax_at (efforts (projected R n) m) m i].
Proof.
move=> eq_m; apply/equation_2; split; first exact: theorem_1.
under eq_bigr do rewrite ffunE; exact: budget_balance_at.
Qed.

(* Two equilibria have the same efforts, if only one profile is optimal. *)
Corollary one_outcome G m m' :
  (forall x y, social_optimum G x -> social_optimum G y -> x = y) ->
  equilibrium (projected R n) G m -> equilibrium (projected R n) G m' ->
  efforts (projected R n) m = efforts (projected R n) m'.
Proof. by move=> one e e'; apply: one; apply: theorem_1. Qed.

(* That is so if the social cost is strictly convex. *)
Lemma strictly_convex_one_optimum G : strictly_convex (social_cost G) ->
  forall x y, social_optimum G x -> social_optimum G y -> x = y.
Proof.
move=> Gc x y [x0 least] [y0 below]; apply/eqP/negP => /negP xy.
pose half : R := 2%:R^-1; have h01 : 0 < half < 1.
  by apply/andP; split; [rewrite invr_gt0 ltr0n | rewrite invf_lt1 ?ltr0n ?ltr1n].
have := Gc x y half x0 y0 (elimN eqP xy) h01.
have -> : social_cost G y = social_cost G x by apply/eqP; rewrite eq_le below // least.
rewrite -mulrDl subrK mul1r ltNge least // => k; rewrite ffunE.
by case/andP: h01 => h0 h1; rewrite addr_ge0 ?mulr_ge0 ?subr_ge0 ?(ltW h0) ?(ltW h1).
Qed.

End Theorem1.
