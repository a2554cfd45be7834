(* Section III for f(s) = exp(-s): the price of anarchy is at most
   N / (1 + ln N), and reaches it at c_1 = 1. *)

From mathcomp Require Import all_ssreflect ssralg ssrnum ring.
From mathcomp Require Import reals sequences exp.
From Pesim Require Import Game Calculus Anarchy Exponential.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Peak.
Variables (R : realType) (n : nat) (c : 'I_n.+1 -> R) (one : 'I_n.+1).
Notation N := n.+1.
Hypothesis c0 : 0 < c one.
Hypothesis cheapest : forall i, i != one -> c one < c i.
Let G := total_effort (@decay R) c.
Lemma N0 : 0 < N%:R :> R. Proof. by rewrite ltr0n. Qed.
Lemma der s : 0 <= s -> slope (@decay R) s (decay_slope s).
Proof. by move=> _; apply: decay_derivative. Qed.
Let log_N := ln N%:R : R.

Lemma log_N0 : 0 <= log_N. Proof. by apply: ln_ge0; rewrite ler1n. Qed.
Lemma p0 : 0 < 1 + log_N. Proof. by apply: ltr_paddr; [apply: log_N0 | apply: ltr01]. Qed.
Lemma N_log : 1 + log_N <= N%:R. Proof. by apply: ln_below_line; rewrite ltr0n. Qed.

(* The efforts, as far as they are worth their cost. *)
Lemma nash_cost_exp x : nash G x -> exists2 e, 0 <= e &
  [/\ x = only one e, c one <= 1 -> decay e = c one & 1 <= c one -> e = 0].
Proof.
move=> /(total_effort_nash der (@decay_curved R) cheapest)[e e0 [-> F0 slack]].
exists e => //; split=> // c1.
  by rewrite -[LHS]mul1r; apply: decay_conditions; rewrite ?mul1r.
by apply: (@decay_conditions_dear _ 1 (c one)); rewrite ?ltr01 ?mul1r.
Qed.

Lemma optimum_cost_exp x : social_optimum G x -> exists2 e, 0 <= e &
  [/\ x = only one e, c one <= N%:R -> N%:R * decay e = c one
    & N%:R <= c one -> e = 0].
Proof.
move=> /(total_effort_optimum der (@decay_curved R) cheapest)[e e0 [-> F0 slack]].
exists e => //; split=> // c1; first exact: decay_conditions slack c1.
exact: (decay_conditions_dear N0 e0 slack).
Qed.

Let ln_effort e (p : R) : decay e = p -> e = - ln p := @decay_effort R e p.

(* Inside 1 <= c_1 <= N the least cost c_1 (1 + ln N - ln c_1) is at least what it
   is at c_1 = 1. *)
Lemma least_cost_rises (p : R) : 1 <= p -> p <= N%:R ->
  1 + log_N <= p * (1 + log_N - ln p).
Proof.
move=> p1 pN; have pp : 0 < p := lt_le_trans ltr01 p1.
have lp : ln p <= log_N by rewrite ler_ln ?posrE ?N0.
have a : 0 <= (p - 1) * (log_N - ln p) by rewrite mulr_ge0 ?subr_ge0.
apply: (le2 (ln_below_line pp) a).
by move: (ln p) log_N => u v; ring.
Qed.

Theorem peak x y : nash G x -> social_optimum G y ->
  social_cost G x / social_cost G y <= N%:R / (1 + log_N).
Proof.
have N_pos := N0; have p_pos := p0.
move=> /nash_cost_exp[e e0 [-> low_e high_e]] /optimum_cost_exp[d d0 [-> low_d high_d]].
rewrite !social_cost_only; have [c1|/ltW c1] := lerP (c one) 1.
  (* Both invest: rho = (N + L) / (1 + ln N + L), L = - ln c_1. *)
  have c_N : c one <= N%:R by rewrite (le_trans c1) // ler1n.
  have risk_d : decay d = c one / N%:R by rewrite -(low_d c_N) mulrC mulKf ?gt_eqF.
  have e_L := ln_effort (low_e c1); have d_L := ln_effort risk_d.
  rewrite ln_div ?posrE // -/log_N in d_L.
  rewrite (low_e c1) risk_d; set L := - ln (c one) in e_L d_L *.
  have L0 : 0 <= L by rewrite oppr_ge0 -ln1 ler_ln ?posrE ?ltr01.
  have -> : d = log_N + L by rewrite d_L opprB addrC.
  have frac (u v w p : R) : p != 0 -> u != 0 ->
      (u * p + p * w) / (u * (p / u) + p * (v + w)) = (u + w) / (1 + v + w).
    move=> p_0 u_0; have -> : u * p + p * w = p * (u + w) by ring.
    have -> : u * (p / u) + p * (v + w) = p * (1 + v + w) by field.
    by rewrite -mulf_div divff // mul1r.
  have pos : 0 < 1 + log_N + L by apply: ltr_paddr.
  rewrite e_L frac ?gt_eqF // (ler_pdivr_mulr _ _ pos) mulrAC (ler_pdivl_mulr _ _ p_pos).
  have gap : 0 <= L * (N%:R - (1 + log_N)) by rewrite mulr_ge0 // subr_ge0 N_log.
  have same (u v w : R) : w * (1 + v + u) - (w + u) * (1 + v) = u * (w - (1 + v)) - 0.
    by ring.
  exact: (le1 gap (same _ _ _)).
rewrite (high_e c1) mulr0 addr0 {1}/decay oppr0 expR0 mulr1.
have [c_N|/ltW c_N] := lerP (c one) N%:R.
  (* Only the optimum invests. *)
  have risk_d : decay d = c one / N%:R by rewrite -(low_d c_N) mulrC mulKf ?gt_eqF.
  have d_L := ln_effort risk_d; rewrite ln_div ?posrE // -/log_N opprB in d_L.
  rewrite (low_d c_N) d_L ler_pmul2l // lef_pinv ?posrE //.
    apply: le_trans (least_cost_rises c1 c_N) _.
    by rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
  by rewrite ltr_paddr // mulr_ge0 ?(ltW c0) // subr_ge0 ler_ln ?posrE.
rewrite (high_d c_N) mulr0 addr0 /decay oppr0 expR0 mulr1 divff ?gt_eqF //.
by rewrite ler_pdivl_mulr // mul1r N_log.
Qed.

Theorem peak_reached x y : c one = 1 -> nash G x -> social_optimum G y ->
  social_cost G x / social_cost G y = N%:R / (1 + log_N).
Proof.
have N_pos := N0; move=> c1 /nash_cost_exp[e _ [-> _ high_e]] /optimum_cost_exp[d _ [-> low_d _]].
have c_N : c one <= N%:R by rewrite c1 ler1n.
have risk_d : decay d = N%:R^-1.
  by rewrite -[LHS](mulKf (lt0r_neq0 N_pos)) (low_d c_N) c1 mulr1.
rewrite !social_cost_only high_e ?c1 // (low_d c_N) c1 (ln_effort risk_d).
by rewrite mulr0 addr0 {1}/decay oppr0 expR0 mulr1 mul1r lnV ?posrE // opprK.
Qed.

End Peak.
