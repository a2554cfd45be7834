(* (6) and (7) as programs, so that numbers can be compared with the library's.
   Messages are given as lists: for each user its prices and its proposals. The
   theorems say that the programs compute what Mechanism.v defines. *)

From mathcomp Require Import all_ssreflect ssralg ssrnum ssrint rat.
From Pesim Require Import Game Mechanism.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Evaluate.
Variables (R : realFieldType) (n : nat).
Notation N := n.+1.
Variable lists : seq (seq R * seq R).

Definition prices_of i := (nth ([::], [::]) lists i).1.
Definition proposals_of i := (nth ([::], [::]) lists i).2.

Definition of_lists : messages R n := fun i =>
  Message [ffun k : 'I_N => nth 0 (prices_of i) k]
          [ffun k : 'I_N => nth 0 (proposals_of i) k].

Definition sum_below (F : nat -> R) := foldr (fun k s => F k + s) 0 (iota 0 N).
Definition after i := (i.+1 %% N)%N.

Definition compute_mean k := sum_below (fun i => nth 0 (proposals_of i) k) / N%:R.
Definition compute_penalty i := sum_below (fun k => nth 0 (prices_of i) k *
  (nth 0 (proposals_of i) k - nth 0 (proposals_of (after i)) k) ^+ 2).
Definition compute_tax i :=
  sum_below (fun k =>
    (nth 0 (prices_of (after i)) k - nth 0 (prices_of (after (after i))) k) *
    compute_mean k) +
  compute_penalty i - compute_penalty (after i).

Lemma sum_belowE F : sum_below F = \sum_(k < N) F k.
Proof. by rewrite -(big_mkord xpredT) unlock /reducebig /index_iota subn0. Qed.

Theorem compute_mean_correct (k : 'I_N) : compute_mean k = mean of_lists k.
Proof.
rewrite ffunE /compute_mean sum_belowE; congr (_ / _).
by apply: eq_bigr => i _; rewrite ffunE.
Qed.

Lemma compute_penalty_correct (i : 'I_N) : compute_penalty i = penalty of_lists i.
Proof. by rewrite /compute_penalty sum_belowE; apply: eq_bigr => k _; rewrite !ffunE. Qed.

Theorem compute_tax_correct (i : 'I_N) : compute_tax i = tax of_lists i.
Proof.
rewrite /compute_tax /tax /tax_at sum_belowE compute_penalty_correct.
rewrite -(compute_penalty_correct (next i)); congr (_ + _ - _).
by apply: eq_bigr => k _; rewrite compute_mean_correct !ffunE.
Qed.
End Evaluate.

(* The means, then the taxes, of N = n + 1 users, each number as sign, numerator
   and denominator. *)
Definition show (q : rat) := (q < 0, `|numq q|%N, `|denq q|%N).
Definition outcome n lists :=
  ([seq show (@compute_mean [realFieldType of rat] n lists k) | k <- iota 0 n.+1],
   [seq show (@compute_tax [realFieldType of rat] n lists i) | i <- iota 0 n.+1]).
Definition fraction (p : int) (q : nat) : rat := p%:~R / q%:R.

(* Three users, as in the library's documentation of a message. *)
Definition example : seq (seq rat * seq rat) :=
  [:: ([:: fraction 1 2; 0; 1], [:: 1; fraction 3 4; 0]);
      ([:: 0; fraction 3 2; 1], [:: 2; 0; fraction 1 4]);
      ([:: 1; 1; 0], [:: 0; 0; - 1])].
