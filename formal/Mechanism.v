(* Section IV: the mechanism PESIM.

   There are N = n + 1 users in a ring. The definitions are for every N; the
   theorems say where they need N >= 3. *)

From mathcomp Require Import all_ssreflect ssralg ssrnum zmodp.
From Pesim Require Import Game.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Definitions.
Variables (R : realFieldType) (n : nat).
Notation N := n.+1.

(* User i + 1; after the last comes the first. *)
Definition next (i : 'I_N) : 'I_N := inZp i.+1.

(* A message names a price for every user's effort, and proposes the efforts of
   all. m i is the message of user i. *)
Record message := Message { price : profile R N; proposal : profile R N }.
Definition messages := 'I_N -> message.

(* (6): the mean of all proposals. *)
Definition mean (m : messages) : profile R N :=
  [ffun k => (\sum_i proposal (m i) k) / N%:R].

(* l_i: what user i pays for a unit of each effort. *)
Definition lindahl (m : messages) (i : 'I_N) : profile R N :=
  [ffun k => price (m (next i)) k - price (m (next (next i))) k].

(* What user i pays for proposing something else than user i + 1. *)
Definition penalty (m : messages) (i : 'I_N) :=
  \sum_k price (m i) k * (proposal (m i) k - proposal (m (next i)) k) ^+ 2.

(* (7) if the efforts are y. *)
Definition tax_at (y : profile R N) (m : messages) (i : 'I_N) :=
  inner (lindahl m i) y + penalty m i - penalty m (next i).

(* (7): the efforts are the mean proposal. *)
Definition tax (m : messages) (i : 'I_N) := tax_at (mean m) m i.

(* Three ways to read the mechanism: which messages are allowed, and which
   efforts they bring about. In all of them prices are not negative. *)
Record form := Form { allowed : message -> Prop; efforts : messages -> profile R N }.

(* As the paper writes it: the mean may be negative. *)
Definition unrestricted := Form (fun d => nonneg (price d)) mean.
(* The first repair: a negative mean is raised to zero. *)
Definition projected := Form (fun d => nonneg (price d))
  (fun m => [ffun k => Num.max (mean m k) 0]).
(* The second repair: nobody may propose a negative effort. *)
Definition nonnegative :=
  Form (fun d => nonneg (price d) /\ nonneg (proposal d)) mean.

(* User i sends d instead. *)
Definition deviate (m : messages) (i : 'I_N) (d : message) : messages :=
  fun j => if j == i then d else m j.

(* What user i has from the messages m. *)
Definition payoff (F : form) (G : game R N) (m : messages) (i : 'I_N) :=
  utility G i (efforts F m) (tax_at (efforts F m) m i).

(* (5): nobody gains by another message. *)
Definition equilibrium (F : form) (G : game R N) (m : messages) :=
  (forall i, allowed F (m i)) /\
  forall i d, allowed F d -> payoff F G (deviate m i d) i <= payoff F G m i.

End Definitions.

Section Ring.
Variable n : nat.
Notation N := n.+1.

Lemma next_add (i : 'I_N) : next i = i + inZp 1.
Proof. by apply: val_inj; rewrite /= modnDmr addn1. Qed.

Lemma next_inj : injective (@next n).
Proof. by move=> i j; rewrite !next_add => /addIr. Qed.

(* Sums round the ring. *)
Lemma sum_next (V : zmodType) (F : 'I_N -> V) : \sum_i F (next i) = \sum_i F i.
Proof. by rewrite [RHS](reindex_inj next_inj). Qed.

(* With three users or more, i, i + 1 and i + 2 are different. *)
Lemma next_neq (i : 'I_N) : (1 < N)%N -> next i != i.
Proof.
move=> N2; rewrite next_add -subr_eq0 addrC addKr.
by apply/eqP => /(congr1 val); rewrite /= modn_small.
Qed.

Lemma next2_neq (i : 'I_N) : (2 < N)%N -> next (next i) != i.
Proof.
move=> N3; rewrite !next_add -addrA -subr_eq0 addrC addKr.
apply/eqP => /(congr1 val); rewrite /= modnDm modn_small //.
Qed.

End Ring.

Section Mechanism.
Variables (R : realFieldType) (n : nat).
Notation N := n.+1.
Implicit Types (G : game R N) (m : messages R n) (d : message R n) (F : form R n).
Implicit Types (i k : 'I_N) (x y : profile R N).

Theorem lindahl_balance m k : \sum_i lindahl m i k = 0.
Proof.
under eq_bigr do rewrite ffunE; rewrite sumrB.
by rewrite (sum_next (fun i => price (m (next i)) k)) subrr.
Qed.

(* Taxes sum to zero for every message profile, whatever the efforts. *)
Theorem budget_balance_at y m : \sum_i tax_at y m i = 0.
Proof.
rewrite sumrB big_split /= (sum_next (penalty m)) -addrA subrr addr0.
rewrite /inner exchange_big /= big1 // => k _.
by rewrite -mulr_suml lindahl_balance mul0r.
Qed.

Theorem budget_balance m : \sum_i tax m i = 0.
Proof. exact: budget_balance_at. Qed.

Hypothesis three : (2 < N)%N.

Lemma deviate_self m i d : deviate m i d i = d.
Proof. by rewrite /deviate eqxx. Qed.

Lemma deviate_next m i d : deviate m i d (next i) = m (next i).
Proof. by rewrite /deviate (negbTE (next_neq i _)) // ltnW. Qed.

Lemma deviate_next2 m i d : deviate m i d (next (next i)) = m (next (next i)).
Proof. by rewrite /deviate (negbTE (next2_neq i _)). Qed.

(* User i's own message enters its tax by its own penalty only. *)
Lemma tax_deviate y m i d : tax_at y (deviate m i d) i =
  inner (lindahl m i) y +
  \sum_k price d k * (proposal d k - proposal (m (next i)) k) ^+ 2 -
  penalty m (next i).
Proof.
rewrite /tax_at; congr (inner _ _ + _ - _).
- by apply/ffunP => k; rewrite !ffunE deviate_next deviate_next2.
- by apply: eq_bigr => k _; rewrite deviate_self deviate_next.
- by apply: eq_bigr => k _; rewrite deviate_next deviate_next2.
Qed.

Lemma mean_deviate m i d k : mean (deviate m i d) k =
  mean m k + (proposal d k - proposal (m i) k) / N%:R.
Proof.
rewrite !ffunE -mulrDl; congr (_ / _).
rewrite (bigD1 i) //= deviate_self [in RHS](bigD1 i) //=.
have -> : \sum_(j < N | j != i) proposal (deviate m i d j) k =
  \sum_(j < N | j != i) proposal (m j) k.
  by apply: eq_bigr => j /negbTE ji; rewrite /deviate ji.
by rewrite addrACA [X in _ = X + _]addrC -addrA [_ + (_ - _)]addrC subrK addrC.
Qed.

Lemma N_neq0 : N%:R != 0 :> R.
Proof. by rewrite pnatr_eq0. Qed.

(* The message by which user i makes the mean x, at no penalty. *)
Definition steer m i x : message R n :=
  Message 0 [ffun k => proposal (m i) k + N%:R * (x k - mean m k)].

Lemma mean_steer m i x : mean (deviate m i (steer m i x)) = x.
Proof.
apply/ffunP => k; rewrite mean_deviate [proposal (steer m i x) k]ffunE.
by rewrite addrAC subrr add0r mulrC mulKf ?N_neq0 // addrC subrK.
Qed.

Lemma tax_steer y m i x : tax_at y (deviate m i (steer m i x)) i =
  inner (lindahl m i) y - penalty m (next i).
Proof.
by rewrite tax_deviate big1 ?addr0 // => k _; rewrite ffunE mul0r.
Qed.

End Mechanism.
