(* Section II: the interdependent security game.

   R is any ordered field, N any number of users. Users are 'I_N, the numbers
   0, ..., N - 1. A profile gives every user a number: efforts, or prices of
   efforts. Risks are arbitrary functions of the whole profile of efforts. *)

From mathcomp Require Import all_ssreflect ssralg ssrnum.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Definitions.
Variables (R : realFieldType) (N : nat).

Definition profile := {ffun 'I_N -> R}.

Record game := Game {
  risk : 'I_N -> profile -> R;       (* f_i(x) *)
  unit_cost : 'I_N -> R              (* c_i *)
}.

Definition nonneg (x : profile) := forall k, 0 <= x k.
Definition inner (a b : profile) := \sum_k a k * b k.

(* x, but user i exerts e. *)
Definition with_effort (x : profile) (i : 'I_N) (e : R) : profile :=
  [ffun k => if k == i then e else x k].

(* The point that lies t of the way from x to y. *)
Definition toward (x y : profile) (t : R) : profile :=
  [ffun k => (1 - t) * x k + t * y k].

(* (1): what user i bears, and its utility at the tax t. *)
Definition cost (G : game) (i : 'I_N) (x : profile) :=
  risk G i x + unit_cost G i * x i.
Definition utility (G : game) (i : 'I_N) (x : profile) (t : R) :=
  - risk G i x - unit_cost G i * x i - t.

(* (2): the social optimum. *)
Definition social_cost (G : game) (x : profile) := \sum_i cost G i x.
Definition social_optimum (G : game) (x : profile) :=
  nonneg x /\ forall z, nonneg z -> social_cost G x <= social_cost G z.

(* (2) as the paper writes it: efforts and balanced taxes t. *)
Definition regulator_optimum (G : game) (x t : profile) :=
  [/\ nonneg x, \sum_i t i = 0
    & forall z s : profile, nonneg z -> \sum_i s i = 0 ->
      \sum_i utility G i z (s i) <= \sum_i utility G i x (t i)].

(* (3): nobody gains by changing its own effort alone, without taxes. *)
Definition nash (G : game) (x : profile) :=
  nonneg x /\ forall i e, 0 <= e ->
    utility G i (with_effort x i e) 0 <= utility G i x 0.

(* Functions of x >= 0. None of this looks at other x. *)
Definition convex (f : profile -> R) :=
  forall x y t, nonneg x -> nonneg y -> 0 <= t <= 1 ->
    f (toward x y t) <= (1 - t) * f x + t * f y.
Definition strictly_convex (f : profile -> R) :=
  forall x y t, nonneg x -> nonneg y -> x <> y -> 0 < t < 1 ->
    f (toward x y t) < (1 - t) * f x + t * f y.

(* g is the gradient of f at x: f(y) - f(x) - g'(y - x) is small, compared
   with the distance of y from x, at all y >= 0 that are close to x. *)
Definition gradient (f : profile -> R) (x g : profile) :=
  forall eps, 0 < eps -> exists2 delta, 0 < delta & forall y, nonneg y ->
    (forall k, `|y k - x k| <= delta) ->
    `|f y - f x - \sum_k g k * (y k - x k)| <= eps * \sum_k `|y k - x k|.
Definition differentiable (f : profile -> R) :=
  forall x, nonneg x -> exists g, gradient f x g.

(* What the theorems assume of a game, where they say so. *)
Definition convex_risks (G : game) := forall i, convex (risk G i).
Definition differentiable_risks (G : game) := forall i, differentiable (risk G i).

End Definitions.

Section Facts.
Variables (R : realFieldType) (N : nat).
Implicit Types (G : game R N) (x y z t : profile R N).

Lemma utility_cost G i x s : utility G i x s = - (cost G i x + s).
Proof. by rewrite /utility /cost !opprD. Qed.

(* (2): with balanced taxes, the regulator's problem is to minimise the social
   cost. *)
Theorem equation_2 G x t :
  regulator_optimum G x t <-> social_optimum G x /\ \sum_i t i = 0.
Proof.
have total z (s : profile R N) : \sum_i s i = 0 ->
    \sum_i utility G i z (s i) = - social_cost G z.
  move=> s0; under eq_bigr do rewrite utility_cost.
  by rewrite sumrN big_split /= s0 addr0.
split=> [[x0 t0 best]|[[x0 best] t0]].
  split=> //; split=> // z z0.
  have := best z t z0 t0; by rewrite !total // ler_opp2.
by split=> // z s z0 s0; rewrite !total // ler_opp2; apply: best.
Qed.

Lemma nash_cost G x : nash G x <->
  nonneg x /\ forall i e, 0 <= e -> cost G i x <= cost G i (with_effort x i e).
Proof.
split=> -[x0 best]; split=> // i e e0; have := best i e e0;
  by rewrite !utility_cost !addr0 ler_opp2.
Qed.

End Facts.
