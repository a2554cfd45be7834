(* Section IV and the appendix: Theorem 2. Every optimum is the outcome of an
   equilibrium, for convex and differentiable risks. The steps (19) to (28) are
   the paper's. *)

From mathcomp Require Import all_ssreflect ssralg ssrnum zmodp ring.
From Pesim Require Import Game Calculus Mechanism Theorem1.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Multipliers.
Variables (R : realFieldType) (N : nat) (G : game R N).
Implicit Types (i k : 'I_N) (x : profile R N).

(* Nonnegative multipliers lam_i of the constraints x >= 0, one for each user. *)
Definition multipliers x (grad lam : 'I_N -> profile R N) :=
  [/\ forall i k, 0 <= lam i k,
      forall i, inner (lam i) x = 0
    & forall k, \sum_i (grad i k - lam i k) = 0].

Variables (x : profile R N) (grad : 'I_N -> profile R N).
Hypotheses (x0 : nonneg x) (grad_x : forall i, gradient (cost G i) x (grad i)).

Lemma gradient_social_cost :
  gradient (social_cost G) x [ffun k => \sum_i grad i k].
Proof. exact: (gradient_sum grad_x). Qed.

(* (20), necessity: an optimum has multipliers. User k bears that of x_k >= 0. *)
Lemma equation_20 : social_optimum G x ->
  multipliers x grad
    (fun i => [ffun k => if i == k then \sum_j grad j k else 0]).
Proof.
move=> [_ best]; have kkt := first_order_nonneg x0 gradient_social_cost best.
split=> [i k|i|k].
- by rewrite ffunE; case: eqP => // _; case: (kkt k); rewrite ffunE.
- apply: big1 => k _; rewrite ffunE; case: eqP => _; last exact: mul0r.
  by case: (kkt k); rewrite ffunE.
rewrite sumrB; apply/eqP; rewrite subr_eq0; apply/eqP.
rewrite [RHS](bigD1 k) //= ffunE eqxx [X in _ + X]big1 ?addr0 // => i /negbTE ik.
by rewrite ffunE ik.
Qed.

(* (20), sufficiency, for convex risks. *)
Lemma equation_20_enough lam : convex_risks G -> multipliers x grad lam ->
  social_optimum G x.
Proof.
move=> Gc [lam0 slack sum0]; split=> //.
apply: first_order_enough (convex_social_cost Gc) x0 gradient_social_cost _ => k.
have total : \sum_i grad i k = \sum_i lam i k.
  by apply/eqP; rewrite -subr_eq0 -sumrB sum0.
rewrite ffunE total sumr_ge0 //; split=> //.
rewrite mulr_suml big1 // => i _.
have /psumr_eq0P := slack i; apply=> // j _; exact: mulr_ge0.
Qed.

(* (21): the prices l_i = - grad g_i(x) + lam_i. *)
Definition multiplier_prices (lam : 'I_N -> profile R N) i : profile R N :=
  [ffun k => lam i k - grad i k].

Lemma equation_21 lam : multipliers x grad lam ->
  forall k, \sum_i multiplier_prices lam i k = 0.
Proof.
move=> [_ _ sum0] k; under eq_bigr do rewrite ffunE -opprB.
by rewrite sumrN sum0 oppr0.
Qed.

(* Other multipliers give other prices, but the same taxes. *)
Lemma same_taxes lam i : multipliers x grad lam ->
  inner (multiplier_prices lam i) x = - inner (grad i) x.
Proof.
move=> [_ slack _]; rewrite -[RHS]add0r -(slack i) /inner -sumrB.
by apply: eq_bigr => k _; rewrite ffunE mulrBl.
Qed.

(* (8), (19), (22) and (25): at these prices x is best for every user. *)
Lemma equation_22 lam i z : convex (risk G i) -> multipliers x grad lam ->
  nonneg z ->
  cost G i x + inner (multiplier_prices lam i) x <=
  cost G i z + inner (multiplier_prices lam i) z.
Proof.
move=> fc [lam0 slack _]; move: z.
apply: (first_order_enough (g := lam i)) => //.
- exact: convex_add (convex_cost fc) (convex_linear _).
- move=> eps eps0.
  have [d d0 small] :=
    gradient_add (grad_x i) (gradient_linear (multiplier_prices lam i) x) eps0.
  exists d => // y y0 near; have := small y y0 near.
  congr (`|_ - _| <= _); apply: eq_bigr => k _; congr (_ * _).
  by rewrite !ffunE addrC subrK.
move=> k; split=> //; have /psumr_eq0P := slack i; apply=> // j _.
exact: mulr_ge0.
Qed.

End Multipliers.

Section Ring.
Variables (R : realFieldType) (n : nat).
Notation N := n.+1.
Variable l : 'I_N -> R.
Implicit Types (i : 'I_N) (p : 'I_N -> R).

(* (24), for one effort, from the price zero of the first user on: the price of
   user j is that of user j - 1 less l_{j-2}. Users are counted round the ring,
   so that j - 2 is j + N - 2. *)
Fixpoint recursion (j : nat) : R :=
  if j is h.+1 then recursion h - l (inZp (h + n)) else 0.

Lemma recursionS j : recursion j.+1 = recursion j - l (inZp (j + n)).
Proof. by []. Qed.

Lemma recursion_sum j : recursion j = - \sum_(h < j) l (inZp (h + n)).
Proof.
elim: j => [|j ih]; first by rewrite big_ord0 oppr0.
by rewrite big_ord_recr /= ih opprD.
Qed.

Hypothesis l0 : \sum_i l i = 0.

(* Once round the ring it comes back, because the prices l sum to zero. *)
Lemma recursion_round j : recursion (N + j) = recursion j.
Proof.
elim: j => [|j ih]; last first.
  rewrite addnS recursionS [recursion j.+1]recursionS ih; congr (_ - l _); apply: val_inj => /=.
  by rewrite -addnA modnDl.
rewrite addn0 recursion_sum.
rewrite (eq_bigr (fun h : 'I_N => l (h + inZp n))) => [|h _]; last first.
  by congr l; apply: val_inj; rewrite /= modnDmr.
by move: l0; rewrite (reindex_inj (addIr (inZp n : 'I_N))) => ->; rewrite oppr0.
Qed.

Lemma recursion_mod a : recursion (a %% N) = recursion a.
Proof.
rewrite [in RHS](divn_eq a N); elim: (a %/ N)%N => [|q ih] //.
by rewrite mulSn -addnA recursion_round.
Qed.

(* (23): these prices differ round the ring as they should. *)
Lemma equation_23 i : recursion (next i) - recursion (next (next i)) = l i.
Proof.
have -> : recursion (next i) = recursion i.+1 by exact: recursion_mod.
have -> : recursion (next (next i)) = recursion i.+2.
  by rewrite -(recursion_mod i.+2) /= -[in RHS]addn1 -[in LHS]addn1 modnDml.
rewrite [recursion i.+2]recursionS opprB addrC subrK; congr l.
by apply: val_inj; rewrite /= addSnnS modnDr modn_small.
Qed.

End Ring.

(* (23) has a solution only if the prices l sum to zero. *)
Lemma equation_23_only_if (R : realFieldType) n (l p : 'I_n.+1 -> R) :
  (forall i, p (next i) - p (next (next i)) = l i) -> \sum_i l i = 0.
Proof.
move=> ring; under eq_bigr do rewrite -ring; rewrite sumrB.
by rewrite (sum_next (fun i => p (next i))) subrr.
Qed.

Section Theorem2.
Variables (R : realFieldType) (n : nat).
Notation N := n.+1.
Implicit Types (G : game R N) (l : 'I_N -> profile R N) (x z : profile R N).
Implicit Types (i j k : 'I_N).

(* The prices of (24), raised by one number for each effort, large enough that
   none is negative. *)
Definition ring_prices l j : profile R N :=
  [ffun k => recursion (fun i => l i k) j +
             \sum_(h < N) `|recursion (fun i => l i k) h|].

Lemma equation_24 l : (forall k, \sum_i l i k = 0) ->
  (forall j, nonneg (ring_prices l j)) /\
  (forall i k, ring_prices l (next i) k - ring_prices l (next (next i)) k = l i k).
Proof.
move=> l0; split=> [j k|i k].
  rewrite ffunE (bigD1 j) //= addrA addr_ge0 ?sumr_ge0 //.
  by rewrite -ler_subl_addl sub0r ler_normr lexx orbT.
rewrite !ffunE opprD addrACA subrr addr0; exact: (equation_23 (l0 k)).
Qed.

(* Everybody proposes x at these prices. *)
Definition agreement l x : messages R n := fun j => Message (ring_prices l j) x.

Lemma mean_agreement l x : mean (agreement l x) = x.
Proof.
apply/ffunP => k; rewrite ffunE /= sumr_const card_ord -(mulr_natr (x k)) mulfK //.
exact: N_neq0.
Qed.

Lemma lindahl_agreement l x i : (forall k, \sum_j l j k = 0) ->
  lindahl (agreement l x) i = l i.
Proof.
by move=> l0; apply/ffunP => k; rewrite ffunE; apply: (equation_24 l0).2.
Qed.

Lemma penalty_agreement l x i : penalty (agreement l x) i = 0.
Proof. by apply: big1 => k _; rewrite subrr expr0n mulr0. Qed.

Hypothesis three : (2 < N)%N.

(* (26) and (27): if user i sends d, it pays its prices for the efforts y that
   are brought about, and a penalty. *)
Lemma equation_27 l x i (d : message R n) y : (forall k, \sum_j l j k = 0) ->
  tax_at y (deviate (agreement l x) i d) i =
  inner (l i) y + \sum_k price d k * (proposal d k - x k) ^+ 2.
Proof.
by move=> l0; rewrite (tax_deviate three) lindahl_agreement // penalty_agreement subr0.
Qed.

(* In terms of the mean: to move it from x to z, user i must disagree by
   N (z - x). *)
Lemma penalty_of_mean l x i (d : message R n) k :
  proposal d k - x k = N%:R * (mean (deviate (agreement l x) i d) k - x k).
Proof.
rewrite mean_deviate mean_agreement [x k + _]addrC addrK mulrC divfK //.
exact: N_neq0.
Qed.

(* (28): nobody gains by another message, in any form that keeps efforts at
   zero or above. *)
Lemma equation_28 (F : form R n) G l x : nonneg x ->
  (forall k, \sum_i l i k = 0) ->
  (forall d, allowed F d -> nonneg (price d)) ->
  (forall j, allowed F (agreement l x j)) ->
  efforts F (agreement l x) = x ->
  (forall i d, allowed F d -> nonneg (efforts F (deviate (agreement l x) i d))) ->
  (forall i z, nonneg z ->
     cost G i x + inner (l i) x <= cost G i z + inner (l i) z) ->
  equilibrium F G (agreement l x).
Proof.
move=> x0 l0 prices ok out out0 best; split=> // i d ok_d.
rewrite /payoff !utility_cost ler_opp2 out equation_27 //.
rewrite [X in cost G i x + X]/tax_at lindahl_agreement // !penalty_agreement.
rewrite subr0 addr0 addrA; apply: le_trans (best i _ (out0 i d ok_d)) _.
rewrite ler_addl sumr_ge0 // => k _; rewrite mulr_ge0 ?sqr_ge0 //.
exact: prices.
Qed.

(* The prices and messages of Theorem 2 at an optimum x. *)
Lemma optimum_prices G x : convex_risks G -> differentiable_risks G ->
  social_optimum G x ->
  exists l : 'I_N -> profile R N, (forall k, \sum_i l i k = 0) /\
    forall i z, nonneg z ->
      cost G i x + inner (l i) x <= cost G i z + inner (l i) z.
Proof.
move=> Gc Gd opt; have x0 := opt.1; have [grad grad_x] := cost_gradients Gd x0.
have lam := equation_20 x0 grad_x opt.
eexists; split; first exact: (equation_21 lam).
by move=> i z; apply: equation_22 lam.
Qed.

(* Theorem 2, with projection. *)
Theorem theorem_2 G x : convex_risks G -> differentiable_risks G ->
  social_optimum G x ->
  exists m, equilibrium (projected R n) G m /\ efforts (projected R n) m = x.
Proof.
move=> Gc Gd opt; have [l [l0 best]] := optimum_prices Gc Gd opt.
have out : efforts (projected R n) (agreement l x) = x.
  by apply/ffunP => k; rewrite ffunE mean_agreement; apply/max_idPl/opt.1.
exists (agreement l x); split=> //; apply: equation_28 => //.
- exact: opt.1.
- move=> j; exact: (equation_24 l0).1.
- by move=> i d _ k; rewrite ffunE le_maxr lexx orbT.
Qed.

(* Theorem 2, with nonnegative proposals. *)
Theorem theorem_2_nonnegative G x : convex_risks G -> differentiable_risks G ->
  social_optimum G x ->
  exists m, equilibrium (nonnegative R n) G m /\ efforts (nonnegative R n) m = x.
Proof.
move=> Gc Gd opt; have [l [l0 best]] := optimum_prices Gc Gd opt.
have out : efforts (nonnegative R n) (agreement l x) = x by exact: mean_agreement.
exists (agreement l x); split=> //; apply: equation_28 => //.
- exact: opt.1.
- by move=> d [].
- by move=> j; split; [apply: (equation_24 l0).1 | apply: opt.1].
- move=> i d [_ d0] k; rewrite ffunE divr_ge0 ?ler0n // sumr_ge0 // => j _.
  by rewrite /deviate; case: eqP => _; [apply: d0 | apply: opt.1].
Qed.

End Theorem2.
