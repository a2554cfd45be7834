(* Beyond the paper: the mechanism on a network. Only those with a stake in an
   effort name a price and a proposal for it, round a ring of their own. At every
   equilibrium of it, too, the efforts are optimal. *)

From mathcomp Require Import all_ssreflect ssralg ssrnum.
From Pesim Require Import Game Mechanism.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Definitions.
Variables (R : realFieldType) (n : nat).
Notation N := n.+1.
(* ring k lists the users with a stake in the effort of k, in their order. *)
Variable ring : 'I_N -> seq 'I_N.

(* The user after i on the ring of effort k. *)
Definition following (k i : 'I_N) : 'I_N := path.next (ring k) i.

(* (6), over the users on the ring. *)
Definition local_mean (m : messages R n) : profile R N :=
  [ffun k => (\sum_(i | i \in ring k) proposal (m i) k) / (size (ring k))%:R].

(* What user i pays for a unit of the effort of k. *)
Definition local_price (m : messages R n) (i k : 'I_N) :=
  price (m (following k i)) k - price (m (following k (following k i))) k.

Definition local_penalty (m : messages R n) (i k : 'I_N) :=
  price (m i) k * (proposal (m i) k - proposal (m (following k i)) k) ^+ 2.

(* (7), over the efforts in which user i has a stake. *)
Definition local_tax (y : profile R N) (m : messages R n) (i : 'I_N) :=
  \sum_(k | i \in ring k)
    (local_price m i k * y k + local_penalty m i k - local_penalty m (following k i) k).

(* A negative mean is raised to zero. *)
Definition local_efforts (m : messages R n) : profile R N :=
  [ffun k => Num.max (local_mean m k) 0].

Definition local_payoff (G : game R N) (m : messages R n) (i : 'I_N) :=
  utility G i (local_efforts m) (local_tax (local_efforts m) m i).

Definition local_equilibrium (G : game R N) (m : messages R n) :=
  (forall i, nonneg (price (m i))) /\
  forall i d, nonneg (price d) -> local_payoff G (deviate m i d) i <= local_payoff G m i.

(* Rings as the mechanism makes them: of one user, or of three and more. *)
Definition proper_rings :=
  forall k, [/\ uniq (ring k), k \in ring k & size (ring k) != 2%N].

(* A user's risk depends on the efforts in which it has a stake. *)
Definition stakes (G : game R N) :=
  forall i (x y : profile R N), (forall k, i \in ring k -> x k = y k) -> risk G i x = risk G i y.

End Definitions.

Section Local.
Variables (R : realFieldType) (n : nat) (ring : 'I_n.+1 -> seq 'I_n.+1).
Notation N := n.+1.
Implicit Types (G : game R N) (m : messages R n) (d : message R n).
Implicit Types (i k : 'I_N) (x y : profile R N).
Hypothesis proper : proper_rings ring.

Lemma following_sum k (F : 'I_N -> R) :
  \sum_(i | i \in ring k) F (following ring k i) = \sum_(i | i \in ring k) F i.
Proof.
have [un _ _] := proper k.
rewrite [RHS](reindex_inj (can_inj (prev_next un))).
by apply: eq_bigl => i; rewrite mem_next.
Qed.

Lemma local_price_sum m k : \sum_(i | i \in ring k) local_price ring m i k = 0.
Proof.
by rewrite sumrB (following_sum k (fun i => price (m (following ring k i)) k)) subrr.
Qed.

Theorem local_budget_balance y m : \sum_i local_tax ring y m i = 0.
Proof.
rewrite /local_tax (exchange_big_dep xpredT) // big1 // => k _ /=.
rewrite sumrB big_split /= (following_sum k (fun i => local_penalty ring m i k)).
by rewrite -mulr_suml local_price_sum mul0r add0r subrr.
Qed.

(* On its rings user i is alone, or neither of its next two users is i. *)
Lemma alone_or_not k i : i \in ring k ->
  following ring k i = i \/
  following ring k i != i /\ following ring k (following ring k i) != i.
Proof.
have [un _ two] := proper k; rewrite /following => i_k.
have [h s rot_s] := rot_to i_k.
have un_s : uniq (i :: s) by rewrite -rot_s rot_uniq.
have two_s : size (i :: s) != 2%N by rewrite -rot_s size_rot.
rewrite -!(next_rot h un) rot_s; case: s {rot_s} un_s two_s => [|a [|b s]] //=.
  by left; rewrite eqxx.
rewrite !inE !negb_or => /andP[/and3P[ia ib _]] /andP[/andP[ab _] _] _.
right; rewrite eqxx [a == i]eq_sym (negbTE ia) eqxx.
by rewrite ![_ == i]eq_sym.
Qed.

Lemma deviate_other m i d j : j != i -> deviate m i d j = m j.
Proof. by rewrite /deviate => /negbTE->. Qed.

Lemma local_price_deviate m i d k : i \in ring k ->
  local_price ring (deviate m i d) i k = local_price ring m i k.
Proof.
rewrite /local_price => /alone_or_not[same|[f1 f2]]; first by rewrite !same !subrr.
by rewrite !deviate_other.
Qed.

Lemma penalty_after_deviate m i d k : i \in ring k ->
  local_penalty ring (deviate m i d) (following ring k i) k =
  local_penalty ring m (following ring k i) k.
Proof.
rewrite /local_penalty => /alone_or_not[same|[f1 f2]].
  by rewrite !same !subrr expr0n !mulr0.
by rewrite !deviate_other.
Qed.

(* The message by which user i makes the mean x on its rings, at no penalty. *)
Definition local_steer m i x : message R n :=
  Message 0 [ffun k => proposal (m i) k + (size (ring k))%:R * (x k - local_mean ring m k)].

Lemma mean_local_steer m i x k :
  local_mean ring (deviate m i (local_steer m i x)) k =
  if i \in ring k then x k else local_mean ring m k.
Proof.
have [_ k_k _] := proper k.
have size0 : (size (ring k))%:R != 0 :> R.
  by rewrite pnatr_eq0 size_eq0; case: (ring k) k_k.
rewrite [LHS]ffunE; case: ifP => i_k; last first.
  rewrite ffunE; congr (_ / _); apply: eq_bigr => j j_k; rewrite deviate_other //.
  by apply: contraTneq j_k => ->; rewrite i_k.
set q := size (ring k) in size0 *; have mean_k : local_mean ring m k * q%:R =
    \sum_(j | j \in ring k) proposal (m j) k by rewrite ffunE divfK.
rewrite (bigD1 i) //= /deviate eqxx ffunE -/q.
rewrite (eq_bigr (fun j => proposal (m j) k)); last first.
  by move=> j /andP[_ /negbTE->].
rewrite addrAC -(bigD1 i (F := fun j => proposal (m j) k)) //= -mean_k.
by rewrite [q%:R * _]mulrC -mulrDl mulfK // addrC subrK.
Qed.

Section Equilibrium.
Variables (G : game R N) (m : messages R n).
Hypotheses (eq_m : local_equilibrium ring G m) (local : stakes ring G).
Let y := local_efforts ring m.

Lemma local_penalty_ge0 i k : 0 <= local_penalty ring m i k.
Proof. by rewrite mulr_ge0 ?sqr_ge0 //; apply: eq_m.1. Qed.

Lemma tax_free_prices z i (p : profile R N) : let d := Message 0 p in
  local_tax ring z (deviate m i d) i =
  \sum_(k | i \in ring k)
    (local_price ring m i k * z k - local_penalty ring m (following ring k i) k).
Proof.
move=> d; apply: eq_bigr => k i_k.
rewrite local_price_deviate // penalty_after_deviate //; congr (_ - _).
by rewrite /local_penalty /deviate eqxx ffunE mul0r addr0.
Qed.

(* (11) again: in equilibrium every penalty on the user's rings is zero. *)
Lemma local_equation_11 i k : i \in ring k -> local_penalty ring m i k = 0.
Proof.
move=> i_k; have zero : nonneg (price (Message 0 (proposal (m i)) : message R n)).
  by move=> j; rewrite ffunE.
have same : local_efforts ring (deviate m i (Message 0 (proposal (m i)))) = y.
  apply/ffunP => j; rewrite !ffunE; congr (Num.max (_ / _) _).
  by apply: eq_bigr => h _; rewrite /deviate; case: eqP => [->|].
have := eq_m.2 i _ zero; rewrite /local_payoff same -/y !utility_cost ler_opp2 ler_add2l.
rewrite tax_free_prices /local_tax -subr_ge0 -sumrB.
rewrite (eq_bigr (fun j => - local_penalty ring m i j)) => [|j _]; last first.
  by rewrite addrAC opprD addrA subrr sub0r.
rewrite sumrN oppr_ge0 => le0.
have sum0 : \sum_(j | i \in ring j) local_penalty ring m i j = 0.
  by apply/eqP; rewrite eq_le le0 sumr_ge0 // => j _; apply: local_penalty_ge0.
have /psumr_eq0P := sum0; apply=> // j _; exact: local_penalty_ge0.
Qed.

Lemma local_equation_14 i x : nonneg x ->
  cost G i y + \sum_(k | i \in ring k) local_price ring m i k * y k <=
  cost G i x + \sum_(k | i \in ring k) local_price ring m i k * x k.
Proof.
move=> x0; have zero : nonneg (price (local_steer m i x)) by move=> j; rewrite ffunE.
have agree j : i \in ring j ->
    local_efforts ring (deviate m i (local_steer m i x)) j = x j.
  by move=> i_j; rewrite ffunE mean_local_steer i_j; apply/max_idPl.
have after0 j : i \in ring j -> local_penalty ring m (following ring j i) j = 0.
  by move=> i_j; apply: local_equation_11; rewrite mem_next.
have := eq_m.2 i _ zero; rewrite /local_payoff !utility_cost ler_opp2 -/y.
rewrite tax_free_prices /cost (local agree) agree; last by have [] := proper i.
rewrite /local_tax; congr (_ + _ <= _ + _); apply: eq_bigr => j i_j.
  by rewrite local_equation_11 // after0 // addr0 subr0.
by rewrite after0 // subr0 agree.
Qed.

(* Theorem 1 for the local mechanism. *)
Theorem local_theorem_1 : social_optimum G y.
Proof.
split=> [k|x x0]; first by rewrite ffunE le_maxr lexx orbT.
have cancel z : \sum_i \sum_(k | i \in ring k) local_price ring m i k * z k = 0.
  rewrite (exchange_big_dep xpredT) // big1 // => k _ /=.
  by rewrite -mulr_suml local_price_sum mul0r.
have total z : social_cost G z =
    \sum_i (cost G i z + \sum_(k | i \in ring k) local_price ring m i k * z k).
  by rewrite big_split /= cancel addr0.
by rewrite !total; apply: ler_sum => i _; apply: local_equation_14.
Qed.

End Equilibrium.
End Local.
