(* Theorem 1 where proposals must not be negative. A user can then no longer
   bring about every x >= 0, and the theorem needs convexity and a user that
   gains by the effort of the one after it. Also (9): who gains by an effort pays
   for it. *)

From mathcomp Require Import all_ssreflect ssralg ssrnum zmodp ring.
From Pesim Require Import Game Calculus Mechanism Theorem1.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Prices.
Variables (R : realFieldType) (n : nat) (G : game R n.+1) (m : messages R n).
Notation N := n.+1.
Implicit Types (i j k : 'I_N) (x y : profile R N).
Hypothesis three : (2 < N)%N.

(* D_i: the gradient of user i's cost and price. *)
Definition marginal (grad l : profile R N) : profile R N :=
  [ffun k => grad k + l k].

Lemma gradient_marginal i x grad l : gradient (cost G i) x grad ->
  gradient (fun y => cost G i y + inner l y) x (marginal grad l).
Proof. by move=> dg; apply: gradient_add dg (gradient_linear l x). Qed.

(* (9), with projection: where j works, a user whose cost falls with j's effort
   pays for it. *)
Theorem equation_9 i j grad : equilibrium (projected R n) G m ->
  let y := efforts (projected R n) m in
  gradient (cost G i) y grad -> grad j < 0 -> 0 < y j ->
  0 < lindahl m i j /\ 0 < lindahl m i j * y j.
Proof.
move=> eq_m y dg gj yj; have y0 : nonneg y by exact: (theorem_1 three eq_m).1.
have best z : nonneg z ->
    cost G i y + inner (lindahl m i) y <= cost G i z + inner (lindahl m i) z.
  exact: (equation_14 three).
have [+ _] := first_order_nonneg y0 (gradient_marginal (lindahl m i) dg) best j.
rewrite ffunE -ler_subl_addl sub0r => price_j.
have pos : 0 < lindahl m i j by apply: lt_le_trans price_j; rewrite oppr_gt0.
by split=> //; rewrite mulr_gt0.
Qed.

Hypothesis eq_m : equilibrium (nonnegative R n) G m.
Let y := mean m.

Let Fp := @nonnegative_by_proposals R n.
Let proposal0 i k : 0 <= proposal (m i) k.
Proof. by case: eq_m => + _ => /(_ i) [_]. Qed.

Lemma mean_nonneg : nonneg y.
Proof. by move=> k; rewrite ffunE divr_ge0 ?ler0n // sumr_ge0. Qed.

(* User i can bring about every x that asks at least what the others propose. *)
Lemma equation_14_nonnegative i x :
  (forall k, y k - proposal (m i) k / N%:R <= x k) ->
  cost G i y + inner (lindahl m i) y <= cost G i x + inner (lindahl m i) x.
Proof.
move=> reach; have ok : allowed (nonnegative R n) (steer m i x).
  split=> k; rewrite ffunE // -/y.
  have share (a b c d : R) : d != 0 -> a + d * (b - c) = d * (b - (c - a / d)).
    by move=> d0; field.
  by rewrite (share _ _ _ _ (N_neq0 R n)) mulr_ge0 ?ler0n // subr_ge0.
have := equation_13 three Fp eq_m i ok => /=.
by rewrite mean_steer.
Qed.

(* First-order conditions of a user. *)
Lemma first_order_nonnegative i grad k : gradient (cost G i) y grad ->
  0 <= marginal grad (lindahl m i) k /\
  marginal grad (lindahl m i) k * proposal (m i) k = 0.
Proof.
move=> dg; set D := marginal _ _.
have dD := gradient_marginal (lindahl m i) dg; rewrite -/D in dD.
have share0 j : 0 <= proposal (m i) j / N%:R by rewrite divr_ge0 ?ler0n.
have slope e : 0 <= e -> y k - proposal (m i) k / N%:R <= e -> 0 <= D k * (e - y k).
  move=> e0 low; pose z := with_effort y k e.
  have z0 : nonneg z by move=> j; rewrite ffunE; case: eqP => // _; apply: mean_nonneg.
  have only : \sum_j D j * (z j - y j) = D k * (e - y k).
    rewrite (bigD1 k) //= [z k]ffunE eqxx big1 ?addr0 // => j /negbTE jk.
    by rewrite [z j]ffunE jk subrr mulr0.
  rewrite -only; apply: (first_order mean_nonneg z0 dD) => t /andP[t0 t1].
  apply: equation_14_nonnegative => j.
  rewrite -subr_ge0; have := toward_sub y z t j; set w := toward _ _ _ _.
  have -> : w - (y j - proposal (m i) j / N%:R) =
    (w - y j) + proposal (m i) j / N%:R by rewrite opprB addrCA addrC.
  move=> ->; rewrite ffunE; case: eqP => [->|_]; last first.
    by rewrite subrr mulr0 add0r.
  have -> : t * (e - y k) + proposal (m i) k / N%:R =
    t * (e - (y k - proposal (m i) k / N%:R)) + (1 - t) * (proposal (m i) k / N%:R).
    move: (proposal _ _ / _) (y k) => p yk; ring.
  by rewrite addr_ge0 // mulr_ge0 ?subr_ge0 // ltW.
have up : 0 <= D k.
  have := slope (y k + 1); rewrite addr_ge0 ?ler01 ?mean_nonneg //.
  rewrite addrAC subrr add0r mulr1; apply=> //.
  by rewrite ler_add // (le_trans (_ : _ <= 0)) ?oppr_le0 ?ler01.
split=> //; apply/eqP; rewrite eq_le mulr_ge0 // andbT.
have part : proposal (m i) k / N%:R <= y k.
  rewrite ffunE ler_pmul2r ?invr_gt0 ?ltr0n // (bigD1 i) //= ler_addl.
  exact: sumr_ge0.
have := slope (y k - proposal (m i) k / N%:R); rewrite subr_ge0 part => /(_ isT).
move=> /(_ (lexx _)); rewrite addrAC subrr add0r mulrN oppr_ge0 mulrA.
by rewrite pmulr_lle0 // invr_gt0 ltr0n.
Qed.

End Prices.

(* Two ways to go round the ring. *)
Section Round.
Variable n : nat.
Notation N := n.+1.
Implicit Types (i j : 'I_N).

Lemma round_ring (P : 'I_N -> Prop) j : P j ->
  (forall i, next i != j -> P i -> P (next i)) -> forall i, P i.
Proof.
move=> Pj step i; have all h : (h < N)%N -> P (j + inZp h).
  elim: h => [|h ih] h_N; first by rewrite (_ : inZp 0 = 0) ?addr0 //; apply: val_inj.
  have -> : j + inZp h.+1 = next (j + inZp h).
    rewrite next_add -addrA; congr (_ + _); apply: val_inj.
    by rewrite /= modnDm addn1.
  apply: step (ih (ltnW h_N)); rewrite next_add -addrA -subr_eq0 addrC addKr.
  by apply/eqP => /(congr1 val); rewrite /= modnDm addn1 modn_small.
have := all (i - j) (ltn_ord _); rewrite valZpK addrC subrK; exact.
Qed.

Lemma round_back (P : 'I_N -> bool) j : P j ->
  (forall i, i != j -> P (next i) -> P i) -> forall i, P i.
Proof.
move=> Pj step i; apply/negPn/negP => Pi.
have none : forall a, ~~ P a.
  apply: (round_ring (P := fun a => ~~ P a) Pi) => a _ Pa.
  by apply: contra (Pa); apply: step; apply: contraNneq Pa => ->.
by have := none j; rewrite Pj.
Qed.

End Round.

Section Optimal.
Variables (R : realFieldType) (n : nat) (G : game R n.+1).
Notation N := n.+1.
Implicit Types (i j k : 'I_N) (x y : profile R N).

(* Nobody's risk grows with an effort. *)
Definition growing_in_no_effort :=
  forall i k x e, nonneg x -> x k <= e -> risk G i (with_effort x k e) <= risk G i x.

(* The effort of the user after i always helps i. *)
Definition helps_predecessor :=
  forall i x grad, nonneg x -> gradient (risk G i) x grad -> grad (next i) < 0.

Hypothesis three : (2 < N)%N.
Variable m : messages R n.
Hypothesis eq_m : equilibrium (nonnegative R n) G m.
Hypotheses (falls : growing_in_no_effort) (helps : helps_predecessor).
Let y := mean m.

Lemma slope_not_positive i k grad : gradient (risk G i) y grad -> grad k <= 0.
Proof.
move=> dg; have y0 : nonneg y := mean_nonneg eq_m.
pose z := with_effort y k (y k + 1).
have z0 : nonneg z.
  by move=> j; rewrite ffunE; case: eqP => // _; rewrite addr_ge0 ?ler01.
have := first_order y0 z0 (gradient_opp dg) _.
rewrite (bigD1 k) //= [z k]ffunE eqxx big1 => [|j /negbTE jk]; last first.
  by rewrite [z j]ffunE jk subrr mulr0.
rewrite ffunE addr0 addrAC subrr add0r mulr1 oppr_ge0; apply=> t /andP[t0 _].
rewrite ler_opp2; have -> : toward y z t = with_effort y k (y k + t).
  apply/ffunP => j; rewrite [LHS]ffunE [z j]ffunE [RHS]ffunE.
  by case: eqP => [->|_]; [move: (y k) | move: (y j)] => a; ring.
by apply: falls => //; rewrite ler_addl ltW.
Qed.

Section Prices.
Variables (grad : 'I_N -> profile R N).
Hypothesis dg : forall i, gradient (risk G i) y (grad i).

Let marg i := marginal
  [ffun k => grad i k + unit_profile i (unit_cost G i) k] (lindahl m i).

Let marg_first i k : 0 <= marg i k /\ marg i k * proposal (m i) k = 0.
Proof. exact: (first_order_nonnegative three eq_m k (gradient_cost (dg i))). Qed.

(* What user i pays for k's effort is not negative: prices fall round the ring. *)
Lemma price_falls i k : i != k -> price (m (next (next i))) k <= price (m (next i)) k.
Proof.
move=> ik; have [+ _] := marg_first i k.
rewrite !ffunE [k == i]eq_sym (negbTE ik) addr0 => D0.
rewrite -subr_ge0; apply: le_trans D0 _.
by rewrite ger_addr; apply: slope_not_positive (dg i).
Qed.

Lemma price_positive j k : j != next k -> 0 < price (m j) k.
Proof.
have price0 i : 0 <= price (m i) k by case: eq_m => + _ => /(_ i) [+ _]; apply.
move=> jk; have : (j == next k) || (0 < price (m j) k); last by rewrite (negbTE jk).
apply: (round_back (P := fun a => (a == next k) || (0 < price (m a) k)) (j := next k)).
  by rewrite eqxx.
move=> a ak; rewrite (negbTE ak) /= (inj_eq (@next_inj n)).
have [i ai] : exists i, a = next i.
  by exists (a - inZp 1); rewrite next_add subrK.
have ik : i != k by apply: contraNneq ak => <-; rewrite ai.
case/orP=> [/eqP a_k|pos]; last first.
  by rewrite ai in pos *; apply: lt_le_trans pos (price_falls ik).
have [+ _] := marg_first i k.
rewrite !ffunE [k == i]eq_sym (negbTE ik) addr0 => D0.
have slope : grad i k < 0.
  by rewrite -a_k ai; apply: helps (dg i); apply: mean_nonneg eq_m.
have : 0 < price (m (next i)) k - price (m (next (next i))) k.
  by apply: le_lt_trans D0 _; rewrite gtr_addr.
by rewrite -ai subr_gt0; apply: le_lt_trans.
Qed.

Lemma proposals_agree i k : proposal (m i) k = y k.
Proof.
have same : forall a, proposal (m a) k = proposal (m (next (next k))) k.
  apply: round_ring => // a ak <-.
  rewrite (inj_eq (@next_inj n)) in ak.
  have [p0|->//] := equation_11 three (@nonnegative_by_proposals R n) eq_m a k.
  by have := price_positive ak; rewrite p0 ltxx.
rewrite ffunE; under eq_bigr do rewrite same.
by rewrite sumr_const card_ord -(mulr_natr (proposal _ k)) mulfK ?N_neq0 // same.
Qed.

End Prices.

(* Theorem 1, with nonnegative proposals. *)
Theorem theorem_1_nonnegative : convex_risks G -> differentiable_risks G ->
  social_optimum G (efforts (nonnegative R n) m).
Proof.
move=> Gc Gd /=; have y0 : nonneg y := mean_nonneg eq_m.
have [grad dg] := fin_all_exists (fun i => Gd i y y0).
have cost_dg i := gradient_cost (dg i).
split=> //; apply: first_order_enough (convex_social_cost Gc) y0 _ _.
  exact: (gradient_sum cost_dg).
move=> k; have first i := first_order_nonnegative three eq_m k (cost_dg i).
have total : \sum_i marginal [ffun j => grad i j + unit_profile i (unit_cost G i) j]
    (lindahl m i) k =
  [ffun j => \sum_i [ffun j => grad i j + unit_profile i (unit_cost G i) j] j] k.
  rewrite [RHS]ffunE (eq_bigr (fun i =>
    [ffun j => grad i j + unit_profile i (unit_cost G i) j] k + lindahl m i k)).
    by rewrite big_split /= lindahl_balance addr0.
  by move=> i _; rewrite [LHS]ffunE.
rewrite -total; split; first by apply: sumr_ge0 => i _; case: (first i).
rewrite mulr_suml big1 // => i _; have [_ zero] := first i.
by rewrite -[RHS]zero (proposals_agree dg).
Qed.

End Optimal.
