(* Section V: individual rationality, in the paper's example f(s) = exp(-s). *)

From mathcomp Require Import all_ssreflect ssralg ssrnum ring.
From mathcomp Require Import reals sequences exp.
From Pesim Require Import Game Calculus Mechanism Theorem1 Anarchy Exponential.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Definitions.
Variables (R : realFieldType) (N : nat).

(* User i stays out and chooses its own effort; the others choose theirs
   together. Each side's choice is best against the other's. *)
Definition exit_equilibrium (G : game R N) (i : 'I_N) (x : profile R N) :=
  [/\ nonneg x,
      forall e, 0 <= e -> cost G i x <= cost G i (with_effort x i e)
    & forall z, nonneg z -> z i = x i ->
        \sum_(j | j != i) cost G j x <= \sum_(j | j != i) cost G j z].

End Definitions.

Section Loner.
Variables (R : realType) (n : nat) (c : 'I_n.+1 -> R) (one two : 'I_n.+1).
Notation N := n.+1.
Implicit Types (x z : profile R N) (i j k : 'I_N) (m : messages R n).

(* User 1 is the cheapest of all, user 2 the cheapest of the others. *)
Hypotheses (three : (2 < N)%N) (two_one : two != one) (c0 : 0 < c one).
Hypothesis cheapest : forall i, i != one -> c one < c i.
Hypothesis second : forall i, i != one -> i != two -> c two < c i.

Let G := total_effort (@decay R) c.
Let N0 : 0 < N%:R :> R. Proof. by rewrite ltr0n. Qed.
Let n0 : 0 < n%:R :> R. Proof. by rewrite ltr0n (ltnW (_ : 1 < n)%N). Qed.
Let der s : 0 <= s -> slope (@decay R) s (decay_slope s).
Proof. by move=> _; apply: decay_derivative. Qed.

(* u_1 inside: PESIM's efforts and taxes at any equilibrium. *)
Theorem loner_inside m : c one <= N%:R -> equilibrium (projected R n) G m ->
  payoff (projected R n) G m one = - (c one / N%:R) * (1 + ln (N%:R / c one)).
Proof.
move=> c_N eq_m; have opt := theorem_1 three eq_m.
have [e e0 [y_e F0 slack]] :=
  (total_effort_optimum der (@decay_curved R) cheapest _).1 opt.
set y := efforts _ m in opt y_e *.
have risk_e : N%:R * decay e = c one by apply: decay_conditions.
have share : decay e = c one / N%:R by rewrite -risk_e mulrC mulKf ?gt_eqF.
have y0 : nonneg y := opt.1.
have y_one : y one = e by rewrite y_e ffunE eqxx.
have total_y : total y = e by rewrite y_e total_only.
(* Everybody else pays its marginal benefit for user 1's effort. *)
have pay i : i != one -> lindahl m i one * e = c one / N%:R * e.
  move=> i1; have best z : nonneg z ->
      cost G i y + inner (lindahl m i) y <= cost G i z + inner (lindahl m i) z.
    exact: (equation_14 three).
  have dg := gradient_add (gradient_total_cost c der i y0) (gradient_linear (lindahl m i) y).
  have [_] := first_order_nonneg y0 dg best one.
  rewrite y_one !ffunE total_y eq_sym (negbTE i1) addr0 /decay_slope -/(decay e) share.
  by rewrite mulrDl mulNr addrC => /eqP; rewrite subr_eq0 => /eqP.
have reward : lindahl m one one * e = - (n%:R * (c one / N%:R * e)).
  have := congr1 (fun l => l * e) (lindahl_balance m one).
  rewrite mul0r mulr_suml (bigD1 one) //= (eq_bigr _ pay) sumr_const => /eqP.
  rewrite addr_eq0 => /eqP->; congr (- _); rewrite mulr_natl; congr (_ *+ _).
  by rewrite cardC1 card_ord.
rewrite /payoff utility_cost -/y (equation_12 three (@projected_by_proposals R n) eq_m).
have -> : inner (lindahl m one) y = lindahl m one one * e.
  rewrite /inner (bigD1 one) //= y_one big1 ?addr0 // => k k1.
  by rewrite (_ : y k = 0) ?mulr0 // y_e ffunE (negbTE k1).
have -> : ln (N%:R / c one) = e.
  by rewrite (decay_effort share) -lnV ?invf_div // posrE divr_gt0.
rewrite reward /cost /= total_y y_one share.
have -> : n%:R = N%:R - 1 :> R by rewrite -[N]addn1 natrD addrK.
by move: (N%:R : R) N0 (c one) => a a0 b; field; rewrite gt_eqF.
Qed.

Section Outside.
Variable x : profile R N.
Hypothesis out : exit_equilibrium G one x.
Let S := total x.
Let x0 : nonneg x. Proof. by case: out. Qed.

Lemma loner_first_order : 0 <= decay_slope S + c one /\ (decay_slope S + c one) * x one = 0.
Proof.
have := own_first_order x0 _ (gradient_total_cost c der one x0).
by rewrite !ffunE eqxx; apply; case: out.
Qed.

(* The n others act together. *)
Lemma others_first_order k : k != one ->
  0 <= n%:R * decay_slope S + c k /\ (n%:R * decay_slope S + c k) * x k = 0.
Proof.
move=> k1; case: out => _ _ best.
pose F i z := if i != one then cost G i z else 0.
have sumF z : \sum_(j | j != one) cost G j z = \sum_j F j z by rewrite big_mkcond.
pose g i : profile R N := if i != one then total_gradient (@decay_slope R) c i x else 0.
have dF i : gradient (F i) x (g i).
  rewrite /F /g; case: ifP => _; first exact: (gradient_total_cost c der i x0).
  move=> eps eps0; exists 1 => // z _ _; rewrite subrr sub0r normrN big1.
    by rewrite normr0 mulr_ge0 ?sumr_ge0 // ltW.
  by move=> j _; rewrite ffunE mul0r.
have total_g : [ffun j => \sum_i g i j] k = n%:R * decay_slope S + c k.
  rewrite ffunE (bigD1 one) //= {1}/g eqxx ffunE add0r.
  rewrite (eq_bigr (fun i => decay_slope S + unit_profile i (c i) k)); last first.
    by move=> i i1; rewrite /g i1 !ffunE.
  rewrite big_split /= sumr_const cardC1 card_ord mulr_natl; congr (_ + _).
  rewrite (bigD1 k) //= ffunE eqxx big1 ?addr0 // => i /andP[_ ik].
  by rewrite ffunE eq_sym (negbTE ik).
have to e : 0 <= e -> 0 <= (n%:R * decay_slope S + c k) * (e - x k).
  move=> e0; rewrite -total_g -only_direction.
  apply: (first_order x0 (with_effort_nonneg k x0 e0) (gradient_sum dF)).
  move=> t /andP[t0 t1]; rewrite -!sumF; apply: best.
    by apply: toward_nonneg => //; [apply: with_effort_nonneg | rewrite t1 ltW].
  by rewrite !ffunE eq_sym (negbTE k1) -mulrDl subrK mul1r.
have up : 0 <= n%:R * decay_slope S + c k.
  have := to (x k + 1); rewrite addr_ge0 ?ler01 // => /(_ isT).
  by rewrite addrAC subrr add0r mulr1.
split=> //; apply/eqP; rewrite eq_le mulr_ge0 // andbT.
by have := to 0 (lexx 0); rewrite sub0r mulrN oppr_ge0.
Qed.

(* Nobody but users 1 and 2 invests outside. *)
Lemma outside_total : S = x one + x two.
Proof.
rewrite /S /total (bigD1 one) //= (bigD1 two) //= big1 ?addr0 // => k /andP[k1 k2].
have [low _] := others_first_order two_one; have [_ /eqP] := others_first_order k1.
rewrite mulf_eq0 => /orP[|/eqP//]; rewrite gt_eqF // (le_lt_trans low) //.
by rewrite ltr_add2l second.
Qed.

Lemma outside_utility : utility G one x 0 = - (decay S + c one * x one).
Proof. by rewrite utility_cost addr0. Qed.

(* Branch A: user 1 rides free. *)
Theorem outside_free_ride : c two < n%:R * c one -> c two <= n%:R ->
  x one = 0 /\ utility G one x 0 = - (c two / n%:R).
Proof.
move=> ride worth; have [low two_slack] := others_first_order two_one.
have rides : x one = 0.
  have [_ /eqP] := loner_first_order; rewrite mulf_eq0 => /orP[|/eqP//].
  rewrite gt_eqF // -(ltr_pmul2l n0) mulr0 (le_lt_trans low) // mulrDr.
  by rewrite ltr_add2l.
split=> //; rewrite outside_utility rides mulr0 addr0.
have S2 : S = x two by rewrite outside_total rides add0r.
rewrite -S2 in two_slack; rewrite -(decay_conditions low two_slack worth).
by rewrite mulrC mulKf ?gt_eqF.
Qed.

(* Branch B: user 1 works alone. *)
Theorem outside_alone : n%:R * c one < c two -> c one <= 1 ->
  x one = - ln (c one) /\ utility G one x 0 = - (c one * (1 - ln (c one))).
Proof.
move=> dear worth; have [low slack] := loner_first_order.
have idle : x two = 0.
  have [_ /eqP] := others_first_order two_one; rewrite mulf_eq0 => /orP[|/eqP//].
  rewrite gt_eqF // (le_lt_trans (_ : _ <= n%:R * (decay_slope S + c one))) //.
    by rewrite mulr_ge0 // ltW.
  by rewrite mulrDr ltr_add2l.
have S1 : S = x one by rewrite outside_total idle addr0.
have risk_1 : decay S = c one.
  by rewrite -S1 in slack; rewrite -[LHS]mul1r; apply: decay_conditions; rewrite ?mul1r.
have alone : x one = - ln (c one) by rewrite -S1; apply: decay_effort.
by split=> //; rewrite outside_utility risk_1 alone; congr (- _); ring.
Qed.

(* Where effort is dear for all, nobody does anything. *)
Theorem outside_nobody : 1 <= c one -> n%:R <= c two ->
  x one = 0 /\ utility G one x 0 = - 1.
Proof.
move=> dear1 dear2; have S_ge0 : 0 <= S := total_nonneg x0.
have [_ slack1] := loner_first_order; have [_ slack2] := others_first_order two_one.
have pos1 : 0 <= x one := x0 one; have pos2 : 0 <= x two := x0 two.
have S_0 : S = 0.
  have [S1|S1] := eqVneq (x one) 0.
    apply: (@decay_conditions_dear _ n%:R (c two)) => //.
    by rewrite {2}outside_total S1 add0r.
  have zero : decay_slope S + c one = 0.
    by move/eqP: slack1; rewrite mulf_eq0 (negbTE S1) orbF => /eqP.
  by apply: (@decay_conditions_dear _ 1 (c one)); rewrite ?ltr01 // mul1r zero mul0r.
have x1_0 : x one = 0.
  apply/eqP; rewrite eq_le pos1 andbT; move: S_0; rewrite outside_total => <-.
  by rewrite ler_addl.
by split=> //; rewrite outside_utility S_0 x1_0 /decay oppr0 expR0 mulr0 addr0.
Qed.

(* User 1 exerts effort outside only if c_1 < 1. *)
Theorem outside_effort : 0 < x one -> c one < 1.
Proof.
move=> pos; have [_ /eqP] := loner_first_order.
rewrite mulf_eq0 (gt_eqF pos) orbF addrC subr_eq0 => /eqP->.
rewrite -expR0 ltr_expR oppr_lt0 (lt_le_trans pos) // outside_total ler_addl.
exact: x0.
Qed.

End Outside.

Definition inside := - (c one / N%:R) * (1 + ln (N%:R / c one)).
Definition alone := - (c one * (1 - ln (c one))).
Definition bracket (p : R) := (N%:R - 1) * (1 - ln p) - ln N%:R.

(* (16), where user 1 works alone outside. *)
Theorem equation_16 : inside - alone = c one / N%:R * bracket (c one).
Proof.
rewrite /inside /alone /bracket ln_div ?posrE //.
move: (ln N%:R) (ln (c one)) => a b; move: (N%:R : R) N0 (c one) => d d0 p.
by field; rewrite gt_eqF.
Qed.

Lemma ln_N : 1 + ln N%:R < N%:R :> R.
Proof.
rewrite lt_neqAle ln_below_line // andbT; apply/eqP => eq_N.
have l0 : ln N%:R != 0 :> R.
  by rewrite gt_eqF // ln_gt0 // ltr1n ltnW.
by have := expR_over_line l0; rewrite lnK ?posrE // eq_N ltxx.
Qed.

(* Its right-hand side is positive where user 1 may work alone, c_1 <= 1. *)
Theorem equation_16_positive : c one <= 1 -> 0 < c one / N%:R * bracket (c one).
Proof.
move=> c1; rewrite mulr_gt0 ?divr_gt0 // subr_gt0.
have lnc : ln (c one) <= 0 by rewrite -ln1 ler_ln ?posrE ?ltr01.
apply: (lt_le_trans (_ : _ < N%:R - 1)); first by rewrite ltr_subr_addl ln_N.
by apply: ler_pemulr; [rewrite subr_ge0 ler1n | rewrite ler_addl oppr_ge0].
Qed.

(* It is negative where the paper evaluates it, c_1 >= e; but there no user 1
   works outside. *)
Theorem equation_16_negative : expR 1 <= c one ->
  c one / N%:R * bracket (c one) < 0 /\
  forall x, exit_equilibrium G one x -> x one = 0.
Proof.
move=> big; have lnc : 1 <= ln (c one) by rewrite -[X in X <= _]expK ler_ln ?posrE ?expR_gt0.
split.
  rewrite pmulr_rlt0 ?divr_gt0 // subr_lt0.
  apply: (le_lt_trans (_ : _ <= 0)); last by rewrite ln_gt0 // ltr1n ltnW.
  by rewrite mulr_ge0_le0 ?subr_ge0 ?ler1n // subr_le0.
move=> x out; have x0 : 0 <= x one by case: out.
apply/eqP; rewrite eq_le x0 andbT leNgt; apply/negP => /(outside_effort out).
by rewrite ltNge (le_trans _ big) // -[X in X <= _]expR0 ler_expR ler01.
Qed.

(* The true region. In branch A leaving pays exactly here. *)
Theorem leaving_pays x : exit_equilibrium G one x ->
  c two < n%:R * c one -> c two <= n%:R ->
  inside < utility G one x 0 <-> c two / n%:R < c one / N%:R * (1 + ln (N%:R / c one)).
Proof.
by move=> out ride worth; rewrite (outside_free_ride out ride worth).2 /inside mulNr ltr_opp2.
Qed.

(* In branch B it does not. *)
Theorem joining_pays_alone x : exit_equilibrium G one x ->
  n%:R * c one < c two -> c one <= 1 -> utility G one x 0 < inside.
Proof.
move=> out dear worth; rewrite (outside_alone out dear worth).2 -/alone -subr_gt0.
by rewrite equation_16 equation_16_positive.
Qed.

(* Nor does it where nobody works outside. *)
Theorem joining_does_not_hurt x : exit_equilibrium G one x ->
  1 <= c one -> n%:R <= c two -> c one <= N%:R -> utility G one x 0 <= inside.
Proof.
move=> out dear1 dear2 c_N; rewrite (outside_nobody out dear1 dear2).2 /inside.
rewrite mulNr ler_opp2 -ler_pdivl_mull ?divr_gt0 // invf_div mulr1.
by apply: ln_below_line; rewrite divr_gt0.
Qed.

End Loner.

(* An example in the region: ten users, c_1 = 0.5, c_2 = 0.55. *)
Theorem leaving_pays_example (R : realType) (c1 c2 : R) :
  c1 = 1%:R / 2%:R -> c2 = 11%:R / 20%:R ->
  c2 / 9%:R < c1 / 10%:R * (1 + ln (10%:R / c1)).
Proof.
move=> -> ->; have -> : 10%:R / (1%:R / 2%:R) = 20%:R :> R by field.
have := @ln_below_line R 20%:R^-1.
rewrite invr_gt0 ltr0n lnV ?posrE ?ltr0n // => /(_ isT) below.
have low : 1 - 20%:R^-1 <= ln 20%:R :> R by rewrite ler_subl_addr addrC -ler_subl_addr.
apply: (lt_le_trans (_ : _ < 1%:R / 2%:R / 10%:R * (1 + (1 - 20%:R^-1)))).
  rewrite -subr_gt0 (_ : _ - _ = 131%:R / 3600%:R); first by rewrite divr_gt0 ?ltr0n.
  by field.
by rewrite ler_pmul2l ?ler_add2l // !divr_gt0 ?ltr0n.
Qed.
