(* What fails without the conditions that the paper leaves out. *)

From mathcomp Require Import all_ssreflect ssralg ssrnum zmodp ring.
From mathcomp Require Import reals sequences exp.
From Pesim Require Import Game Calculus Mechanism Theorem1 Anarchy Exponential.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* Proposals as the paper writes them, which may be negative: in the paper's own
   example no equilibrium exists, whatever the risk f of the total effort is. *)
Section Unrestricted.
Variables (R : realFieldType) (n : nat) (f : R -> R) (c : 'I_n.+1 -> R).
Notation N := n.+1.

Theorem no_equilibrium_unrestricted (i j : 'I_N) (m : messages R n) :
  (2 < N)%N -> c i < c j ->
  ~ equilibrium (unrestricted R n) (total_effort f c) m.
Proof.
move=> three cij eq_m; have ij : i != j by apply: contraTneq cij => ->; rewrite ltxx.
have best x : social_cost (total_effort f c) (mean m) <= social_cost (total_effort f c) x.
  apply: equation_15 (lindahl_balance m) _ => k.
  exact: (equation_14_unrestricted three).
pose shift : profile R N := [ffun k => (k == i)%:R - (k == j)%:R].
pose x : profile R N := [ffun k => mean m k + shift k].
have count (g : 'I_N -> R) k : \sum_l g l * (l == k)%:R = g k.
  rewrite (bigD1 k) //= eqxx mulr1 big1 ?addr0 // => l /negbTE->.
  exact: mulr0.
have along (g : 'I_N -> R) : \sum_k g k * x k = \sum_k g k * mean m k + (g i - g j).
  rewrite -(count g i) -(count g j) -sumrB -big_split /=; apply: eq_bigr => k _.
  by rewrite [x k]ffunE [shift k]ffunE -mulrBr -mulrDr.
have same : total x = total (mean m).
  have ones (z : profile R N) : total z = \sum_k (fun=> 1 : R) k * z k.
    by apply: eq_bigr => k _; rewrite mul1r.
  by rewrite (ones x) (along (fun=> 1)) subrr addr0 -ones.
have := best x; rewrite /social_cost /cost !big_split /= same (along c) ler_add2l.
by rewrite ler_addl subr_ge0 leNgt cij.
Qed.
End Unrestricted.

(* With two users a user's own price enters its own price term: no game has an
   equilibrium with nonnegative proposals, so that Theorem 2 fails. *)
Section TwoUsers.
Variable R : realFieldType.

Theorem no_equilibrium_two_users (G : game R 2) (m : messages R 1) :
  ~ equilibrium (nonnegative R 1) G m.
Proof.
move=> [ok best].
have [i [j [ij back ji all]]] : exists i j : 'I_2,
    [/\ next i = j, next j = i, j != i & forall k, k = i \/ k = j].
  exists ord0, (next ord0); split=> // [|k]; first exact: val_inj.
  by case: k => [[|[|//]] lt]; [left | right]; apply: val_inj.
pose b := proposal (m j) i; have b0 : 0 <= b by case: (ok j) => _; apply.
(* User 1 asks itself for e. Then y_1 = (e + b) / 2, and a > 0. *)
pose e := if b == 0 then 4%:R^-1 else b.
have e0 : 0 <= e by rewrite /e; case: ifP => // _; rewrite invr_ge0 ler0n.
pose a := (e + b) / 2%:R - (e - b) ^+ 2.
have a0 : 0 < a.
  rewrite /a /e; case: eqP => [->|/eqP b_n0].
    rewrite (_ : _ - _ = 16%:R^-1); first by rewrite invr_gt0 ltr0n.
    by field.
  by rewrite subrr expr0n subr0 -mulr2n -(mulr_natr b) mulfK ?pnatr_eq0 // lt_neqAle eq_sym b_n0.
pose p : profile R 2 := unit_profile i e.
pose d q := Message (unit_profile i q) p.
pose y := mean (deviate m i (d 0)).
have y_q q : mean (deviate m i (d q)) = y.
  apply: mean_by_proposals => k; rewrite /deviate; by case: eqP.
have y_i : y i = (e + b) / 2%:R.
  rewrite ffunE (bigD1 i) //= (bigD1 j) //= big1 => [|k /andP[ki kj]]; last first.
    by case: (all k) => e_k; move: ki kj; rewrite e_k eqxx.
  by rewrite /deviate eqxx (negbTE ji) /= ffunE eqxx addr0.
pose T := \sum_k price (m j) k * y k - \sum_k price (m j) k * (proposal (m j) k - p k) ^+ 2.
have tax_q q : tax_at y (deviate m i (d q)) i = T - q * a.
  rewrite /tax_at ij.
  have -> : inner (lindahl (deviate m i (d q)) i) y = \sum_k price (m j) k * y k - q * y i.
    rewrite -(inner_unit i q y) /inner -sumrB; apply: eq_bigr => k _.
    by rewrite ffunE ij back /deviate eqxx (negbTE ji) mulrBl.
  have -> : penalty (deviate m i (d q)) i = q * (e - b) ^+ 2.
    rewrite /penalty (bigD1 i) //= big1 => [|k /negbTE ki]; last first.
      by rewrite /deviate eqxx ffunE ki mul0r.
    by rewrite /deviate ij eqxx (negbTE ji) /= !ffunE eqxx addr0.
  have -> : penalty (deviate m i (d q)) j =
      \sum_k price (m j) k * (proposal (m j) k - p k) ^+ 2.
    by apply: eq_bigr => k _; rewrite back /deviate eqxx (negbTE ji).
  by rewrite y_i /T /a; move: (\sum_k _) (\sum_k _) => u v; ring.
pose v := payoff (nonnegative R 1) G m i; pose w := utility G i y T.
pose q := (`|v - w| + 1) / a.
have q0 : 0 <= q by rewrite divr_ge0 ?(ltW a0) // addr_ge0 ?ler01.
have ok_d : allowed (nonnegative R 1) (d q).
  by split=> k; rewrite ffunE; case: eqP.
have := best i _ ok_d; rewrite {1}/payoff /= y_q tax_q -/v leNgt => /negP; apply.
have -> : utility G i y (T - q * a) = w + q * a by rewrite /w /utility; ring.
rewrite /q divfK ?gt_eqF //.
have := ler_norm (v - w); rewrite ler_subl_addl => /le_lt_trans; apply.
by rewrite addrA ltr_addl ltr01.
Qed.
End TwoUsers.

(* (11) holds component by component, not as a choice between two vectors: an
   equilibrium in which user 1 names a price that is not zero, and does not
   propose what user 2 proposes. User 1 protects all three users, users 2 and 3
   only themselves. *)
Section Vectors.
Variable R : realType.
Let u1 : 'I_3 := inord 0. Let u2 : 'I_3 := inord 1. Let u3 : 'I_3 := inord 2.

Definition protector : game R 3 := Game
  (fun i x => decay (if i == u1 then x u1 else x u1 + x i))
  (fun i => if i == u1 then 1 else 4%:R^-1).

(* Efforts of ln 2 each: risks are 1/2 for user 1, and 1/4 for the others. *)
Let s : R := ln 2%:R.
Let y : profile R 3 := [ffun=> s].

(* Prices for user 1's effort only: users 2 and 3 pay 1/4, user 1 gets 1/2. *)
Definition quarrel : messages R 2 := fun i =>
  Message (unit_profile u1 (if i == u1 then 4%:R^-1 else if i == u2 then 0 else 2%:R^-1))
          [ffun k => s + (if k == u2 then (i == u1)%:R - (i == u2)%:R else 0)].

Lemma u2_u1 : (u2 == u1) = false. Proof. by rewrite -val_eqE /= !inordK. Qed.
Lemma u3_u1 : (u3 == u1) = false. Proof. by rewrite -val_eqE /= !inordK. Qed.
Lemma u3_u2 : (u3 == u2) = false. Proof. by rewrite -val_eqE /= !inordK. Qed.
Lemma user i : [\/ i = u1, i = u2 | i = u3].
Proof.
by case: i => [[|[|[|//]]] lt]; [constructor 1 | constructor 2 | constructor 3];
  apply: val_inj; rewrite /= inordK.
Qed.
Lemma next1 : next u1 = u2. Proof. by apply: val_inj; rewrite /= !inordK. Qed.
Lemma next2 : next u2 = u3. Proof. by apply: val_inj; rewrite /= !inordK. Qed.
Lemma next3 : next u3 = u1. Proof. by apply: val_inj; rewrite /= !inordK. Qed.
Lemma sum3 (F : 'I_3 -> R) : \sum_i F i = F u1 + F u2 + F u3.
Proof.
rewrite (bigD1 u1) //= (bigD1 u2) ?u2_u1 //= (bigD1 u3) ?u3_u1 ?u3_u2 //=.
rewrite big1 ?addr0 ?addrA // => i /andP[/andP[i1 i2] i3].
by case: (user i) => e; move: i1 i2 i3; rewrite e eqxx.
Qed.

Lemma half_risk : decay s = 2%:R^-1 :> R.
Proof. by rewrite /decay expRN lnK ?posrE ?ltr0n. Qed.
Lemma quarter_risk : decay (s + s) = 4%:R^-1 :> R.
Proof.
by rewrite /decay opprD expRD -/(decay s) half_risk; field.
Qed.

Theorem vectors_differ :
  [/\ equilibrium (projected R 2) protector quarrel,
      efforts (projected R 2) quarrel = y,
      price (quarrel u1) <> 0
    & proposal (quarrel u1) <> proposal (quarrel (next u1))].
Proof.
have mean_q k : mean quarrel k = s.
  rewrite ffunE sum3 /quarrel /= !ffunE !eqxx u2_u1 u3_u1 u3_u2 [u1 == u2]eq_sym u2_u1.
  by case: ifP => _ /=; field.
have s0 : 0 <= s by rewrite ln_ge0 // ler1n.
have efforts_q : efforts (projected R 2) quarrel = y.
  by apply/ffunP => k; rewrite ffunE mean_q ffunE; apply/max_idPl.
split=> //; last first.
- move/ffunP => /(_ u2); rewrite next1 !ffunE !eqxx u2_u1 [u1 == u2]eq_sym u2_u1.
  move=> e; have : (2%:R : R) = 0; last by apply/eqP; rewrite pnatr_eq0.
  rewrite (_ : 2%:R = s + (true%:R - false%:R) - (s + (false%:R - true%:R))).
    by rewrite e subrr.
  by rewrite /=; ring.
- by move/ffunP => /(_ u1) /eqP; rewrite !ffunE !eqxx invr_eq0 pnatr_eq0.
apply/equilibrium_iff => //; split.
- move=> i k; rewrite ffunE; case: eqP => // _; case: ifP => _.
    by rewrite invr_ge0 ler0n.
  by case: ifP => // _; rewrite invr_ge0 ler0n.
- move=> i k; have [->|k1] := eqVneq k u1; last first.
    by left; rewrite ffunE (negbTE k1).
  by right; rewrite !ffunE [u1 == u2]eq_sym u2_u1.
move=> i x x0; rewrite efforts_q.
have l_i : lindahl quarrel i = unit_profile u1 (if i == u1 then - 2%:R^-1 else 4%:R^-1).
  apply/ffunP => k; rewrite !ffunE; case: ifP => _; last by rewrite subrr.
  case: (user i) => ->; rewrite !(next1, next2, next3) ?eqxx ?u2_u1 ?u3_u1 ?u3_u2;
    rewrite ?[u1 == u2]eq_sym ?u2_u1; by field.
rewrite l_i !inner_unit /cost /= !ffunE; case: ifP => [/eqP->|i1].
  have := decay_tangent s (x u1); rewrite /decay_slope -/(decay s) half_risk => tangent.
  by apply: (le1 tangent); move: (x u1) (decay _) => u v; field.
have := decay_tangent (s + s) (x u1 + x i).
rewrite /decay_slope -/(decay (s + s)) quarter_risk => tangent.
by apply: (le1 tangent); move: (x u1) (x i) (decay _) => u v w; field.
Qed.

End Vectors.

(* Nonnegative proposals are no repair where a predecessor has no interest:
   nobody protects anybody else, f_i = exp(-x_i), c_i = 1/2. *)
Section NoInterest.
Variable R : realType.

Definition islands : game R 3 := Game (fun i x => decay (x i)) (fun=> 2%:R^-1).
Definition stuck : messages R 2 :=
  fun i => Message 0 [ffun k => if k == i then 0 else 3%:R].

Lemma mean_stuck : mean stuck = [ffun=> 2%:R].
Proof.
apply/ffunP => k; rewrite !ffunE (bigD1 k) //= ffunE eqxx add0r.
rewrite (eq_bigr (fun=> 3%:R)) => [|i]; last by rewrite ffunE eq_sym => /negbTE->.
by rewrite sumr_const cardC1 card_ord -(mulr_natr 3%:R) mulrAC divff ?mul1r ?pnatr_eq0.
Qed.

Theorem islands_not_optimal :
  equilibrium (nonnegative R 2) islands stuck /\
  ~ social_optimum islands (efforts (nonnegative R 2) stuck).
Proof.
have three : (2 < 3)%N by [].
have price0 z j : inner (lindahl stuck j) z = 0.
  by apply: big1 => k _; rewrite !ffunE subrr mul0r.
have penalty0 j : penalty stuck j = 0.
  by apply: big1 => k _; rewrite ffunE mul0r.
have tax0 y i d : tax_at y (deviate stuck i d) i =
    \sum_k price d k * (proposal d k - proposal (stuck (next i)) k) ^+ 2.
  by rewrite (tax_deviate three) price0 penalty0 add0r subr0.
have tax_now y i : tax_at y stuck i = 0.
  by rewrite /tax_at price0 !penalty0 addr0 subr0.
have high : 3%:R <= expR 2%:R :> R.
  by have := expR_above_line (2%:R : R); rewrite -(natrD R 1 2).
split; last first.
  move=> [_ /(_ 0)]; have zero : nonneg (0 : profile R 3) by move=> k; rewrite ffunE.
  move=> /(_ zero); rewrite leNgt => /negP; apply; rewrite /social_cost.
  rewrite [X in X < _](eq_bigr (fun=> 1)) => [|i _]; last first.
    by rewrite /cost /= !ffunE mulr0 addr0 /decay oppr0 expR0.
  rewrite [X in _ < X](eq_bigr (fun=> decay 2%:R + 1)) => [|i _]; last first.
    by rewrite /cost /= mean_stuck !ffunE mulVf ?pnatr_eq0.
  by rewrite !sumr_const card_ord ltr_pmuln2r // ltr_addr decay_pos.
split=> [i|i d [p0 d0]]; first by split=> k; rewrite /= ffunE //; case: ifP; rewrite ?ler0n.
rewrite /payoff !utility_cost ler_opp2 tax_now tax0 addr0 /cost /=.
set m' := deviate _ _ _; have reach : 2%:R <= mean m' i.
  rewrite (mean_deviate stuck i d i) mean_stuck ffunE [proposal (stuck i) i]ffunE eqxx subr0.
  by rewrite ler_addl divr_ge0 ?ler0n.
rewrite mean_stuck ffunE.
have tangent := decay_tangent 2%:R (mean m' i).
have flat : expR (- 2%:R) <= 2%:R^-1 :> R.
  rewrite expRN lef_pinv ?posrE ?expR_gt0 ?ltr0n //.
  by apply: le_trans high; rewrite ler_nat.
have pen0 : 0 <= \sum_k price d k * (proposal d k - proposal (stuck (next i)) k) ^+ 2.
  by apply: sumr_ge0 => k _; rewrite mulr_ge0 ?sqr_ge0 //; apply: p0.
apply: le_trans (_ : _ <= decay (mean m' i) + 2%:R^-1 * mean m' i) _; last first.
  by rewrite ler_addl.
have climb : 0 <= (2%:R^-1 - expR (- 2%:R)) * (mean m' i - 2%:R).
  by rewrite mulr_ge0 ?subr_ge0.
apply: (le2 tangent climb); rewrite /decay_slope.
by move: (decay 2%:R) (expR _) (mean m' i) => u v w; field.
Qed.
End NoInterest.
