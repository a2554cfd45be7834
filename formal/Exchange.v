(* Section VI and beyond: a message exchange that converges. The paper leaves it
   open; the protocol is the book's.

   Every user i has a public state z_i, a number for each effort. In a round it
   proposes x_i, and its state moves by x_i less the mean of all states. *)

From mathcomp Require Import all_ssreflect ssralg ssrnum ring.
From Pesim Require Import Game Calculus Mechanism Theorem1 Theorem2.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Definitions.
Variables (R : realFieldType) (n : nat) (G : game R n.+1) (r : R).
Notation N := n.+1.

Definition state := {ffun 'I_N -> profile R N}.

Definition average (z : state) : profile R N :=
  [ffun k => (\sum_i z i k) / N%:R].

(* The public rule for prices: r is the weight of the penalty. *)
Definition exchange_price (z : state) (i : 'I_N) : profile R N :=
  [ffun k => r * (z i k - average z k)].

(* What user i minimises: its cost and price, and a penalty for leaving the
   mean. *)
Definition objective (z : state) (i : 'I_N) (y : profile R N) :=
  cost G i y + inner (exchange_price z i) y +
  r / 2%:R * \sum_k (y k - average z k) ^+ 2.

(* x_i is what user i proposes. *)
Definition replies (z x : state) :=
  forall i, nonneg (x i) /\
    forall y, nonneg y -> objective z i (x i) <= objective z i y.

(* The step of all states. *)
Definition step (z x : state) : state := [ffun i => [ffun k => x i k - average z k]].

Definition dot (a b : state) := \sum_i inner (a i) (b i).
Definition square (a : state) := dot a a.

(* z 0, z 1, ... are the states, x 0, x 1, ... the proposals of an exchange. *)
Definition exchange (z x : nat -> state) :=
  forall t, replies (z t) (x t) /\ z t.+1 = z t + step (z t) (x t).

End Definitions.

Section Algebra.
Variables (R : realFieldType) (n : nat).
Notation N := n.+1.
Implicit Types (a b c z x : state R n) (i k : 'I_N).

Lemma dotE a b : dot a b = \sum_i \sum_k a i k * b i k.
Proof. by []. Qed.

Lemma dotC a b : dot a b = dot b a.
Proof. by apply: eq_bigr => i _; apply: eq_bigr => k _; rewrite mulrC. Qed.

Lemma dotDl a b c : dot (a + b) c = dot a c + dot b c.
Proof.
rewrite /dot -big_split; apply: eq_bigr => i _; rewrite /inner -big_split.
by apply: eq_bigr => k _; rewrite !ffunE /= mulrDl.
Qed.

Lemma dotZl s a b :
  dot ([ffun i => [ffun k => s * a i k]] : state R n) b = s * dot a b.
Proof.
rewrite /dot mulr_sumr; apply: eq_bigr => i _; rewrite /inner mulr_sumr.
by apply: eq_bigr => k _; rewrite !ffunE mulrA.
Qed.

Lemma dotNl a b : dot (- a) b = - dot a b.
Proof.
rewrite /dot -sumrN; apply: eq_bigr => i _; rewrite /inner -sumrN.
by apply: eq_bigr => k _; rewrite !ffunE mulNr.
Qed.

Lemma dotDr a b c : dot c (a + b) = dot c a + dot c b.
Proof. by rewrite dotC dotDl !(dotC c). Qed.

Lemma dotNr a b : dot b (- a) = - dot b a.
Proof. by rewrite dotC dotNl dotC. Qed.

Lemma square_ge0 a : 0 <= square a.
Proof. by apply: sumr_ge0 => i _; apply: sumr_ge0 => k _; rewrite -expr2 sqr_ge0. Qed.

Lemma square_eq0 a : square a = 0 -> a = 0.
Proof.
move=> s0; apply/ffunP => i; apply/ffunP => k; rewrite !ffunE.
have sq0 j l : 0 <= a j l * a j l by rewrite -expr2 sqr_ge0.
have row : inner (a i) (a i) = 0.
  by have /psumr_eq0P := s0; apply=> // j _; apply: sumr_ge0.
have /eqP : a i k * a i k = 0 by have /psumr_eq0P := row; apply.
by rewrite mulf_eq0 orbb => /eqP.
Qed.

Lemma add_state a b i k : (a + b) i k = a i k + b i k.
Proof. by rewrite !ffunE. Qed.

Lemma sub_state a b i k : (a - b) i k = a i k - b i k.
Proof. by rewrite !ffunE. Qed.

Lemma square_add a b : square (a + b) = square a + 2%:R * dot a b + square b.
Proof. rewrite /square !dotDl !dotDr (dotC b a); ring. Qed.

(* A state less its average sums to zero. *)
Lemma average_sum z k : \sum_i (z i k - average z k) = 0.
Proof.
rewrite sumrB sumr_const card_ord ffunE -(mulr_natr (_ / _)) divfK ?subrr //.
exact: N_neq0.
Qed.

(* The next average is the mean of the proposals, as in (6). *)
Lemma average_step z x : average (z + step z x) = average x.
Proof.
apply/ffunP => k; rewrite !ffunE; congr (_ / _).
rewrite (eq_bigr (fun i => x i k + (z i k - average z k))) => [|i _].
  by rewrite big_split /= average_sum addr0.
by rewrite !ffunE addrCA.
Qed.

End Algebra.

Section Exchange.
Variables (R : realFieldType) (n : nat) (G : game R n.+1) (r : R).
Notation N := n.+1.
Implicit Types (z x : state R n) (i k : 'I_N) (y : profile R N).
Hypothesis r0 : 0 < r.

Lemma exchange_price_sum z k : \sum_i exchange_price r z i k = 0.
Proof.
under eq_bigr do rewrite ffunE; by rewrite -mulr_sumr average_sum mulr0.
Qed.

(* At every round there are nonnegative prices that make these PESIM messages. *)
Lemma exchange_messages z x : exists m : messages R n,
  (forall j, nonneg (price (m j))) /\ (forall j, proposal (m j) = x j) /\
  forall i, lindahl m i = exchange_price r z i.
Proof.
pose l := exchange_price r z; have l0 := exchange_price_sum z.
have [p0 ring_l] := equation_24 l0.
exists (fun j => Message (ring_prices l j) (x j)); split=> //; split=> // i.
by apply/ffunP => k; rewrite ffunE; apply: ring_l.
Qed.

Lemma small_enough (a b : R) : (forall t, 0 < t <= 1 -> 0 <= a + t * b) -> 0 <= a.
Proof.
move=> h; apply/ler_addgt0Pr => e e0; have b1 : 0 < `|b| + 1 by rewrite ltr_paddl.
pose t := Num.min 1 (e / (`|b| + 1)).
have t0 : 0 < t by rewrite lt_minr ltr01 divr_gt0.
apply: le_trans (h t _) _; first by rewrite t0 le_minl lexx.
rewrite ler_add2l; apply: le_trans (ler_norm _) _.
rewrite normrM (gtr0_norm t0) (le_trans (_ : _ <= t * (`|b| + 1))) //.
  by rewrite ler_pmul2l // ler_addl ler01.
by rewrite -ler_pdivl_mulr // le_minl lexx orbT.
Qed.

(* A reply is best to first order, with only the convexity of the risk. *)
Lemma reply_first_order z x i y : convex (risk G i) -> replies G r z x -> nonneg y ->
  0 <= cost G i y + inner (exchange_price r z i) y -
       (cost G i (x i) + inner (exchange_price r z i) (x i)) +
       r * \sum_k (x i k - average z k) * (y k - x i k).
Proof.
move=> fc best y0; have [x0 low] := best i.
pose S := \sum_k (y k - x i k) ^+ 2.
apply: (@small_enough _ (r / 2%:R * S)) => t /andP[t0 t1].
have t01 : 0 <= t <= 1 by rewrite t1 ltW.
have := low _ (toward_nonneg x0 y0 t01); rewrite /objective.
have := convex_add (convex_cost fc) (convex_linear (exchange_price r z i)) x0 y0 t01.
have -> : \sum_k (toward (x i) y t k - average z k) ^+ 2 =
  \sum_k (x i k - average z k) ^+ 2 +
  2%:R * t * (\sum_k (x i k - average z k) * (y k - x i k)) + t ^+ 2 * S.
  rewrite !mulr_sumr -!big_split /=; apply: eq_bigr => k _.
  rewrite [toward _ _ _ _]ffunE.
  by move: (average z k) (x i k) (y k) => a b c; ring.
set gx := cost G i (x i) + _; set gy := cost G i y + _; set gt := cost G i _ + _.
set A := \sum_k (_ - _) ^+ 2; set B := \sum_k _ * _ => conv le_t.
rewrite -(ler_pmul2l t0); apply: (le2 conv le_t).
by field.
Qed.

(* The monotone inequality: steps lead nearer. *)
Theorem steps_lead_nearer z x z' x' : convex_risks G ->
  replies G r z x -> replies G r z' x' ->
  dot (z - z') (step z x - step z' x') <= - square (step z x - step z' x').
Proof.
move=> Gc rep rep'; set q := step z x; set q' := step z' x'.
pose a := average z; pose a' := average z'.
have each i : \sum_k (z i k - z' i k - (a k - a' k) + (q i k - q' i k)) *
    (q i k - q' i k + (a k - a' k)) <= 0.
  have := reply_first_order (Gc i) rep (rep' i).1.
  have := reply_first_order (Gc i) rep' (rep i).1.
  set l := exchange_price r z i; set l' := exchange_price r z' i.
  set B' := \sum_k _; set B := \sum_k _ => h' h.
  rewrite -oppr_ge0 -(pmulr_rge0 _ r0).
  apply: (le2 h h'); rewrite !subr0.
  have -> : r * - (\sum_k (z i k - z' i k - (a k - a' k) + (q i k - q' i k)) *
      (q i k - q' i k + (a k - a' k))) =
    (inner l (x' i) - inner l (x i)) + (inner l' (x i) - inner l' (x' i))
    + r * B + r * B'.
    rewrite /inner -!sumrB /B /B' !mulr_sumr -sumrN !mulr_sumr -!big_split /=.
    apply: eq_bigr => k _; rewrite !ffunE -/a -/a'.
    by move: (a k) (a' k) (z i k) (z' i k) (x i k) (x' i k) => ? ? ? ? ? ?; ring.
  ring.
have cross : \sum_i \sum_k (z i k - z' i k - (a k - a' k)) * (a k - a' k) = 0.
  rewrite exchange_big big1 // => k _ /=; rewrite -mulr_suml.
  rewrite (eq_bigr (fun i => (z i k - a k) - (z' i k - a' k))) => [|i _]; last first.
    by move: (a k) (a' k) => ? ?; ring.
  by rewrite sumrB !average_sum subrr mul0r.
have total : dot (z - z') (q - q') + square (q - q') =
    \sum_i \sum_k (z i k - z' i k - (a k - a' k) + (q i k - q' i k)) *
      (q i k - q' i k + (a k - a' k)) -
    \sum_i \sum_k (z i k - z' i k - (a k - a' k)) * (a k - a' k).
  rewrite /square !dotE -sumrB -big_split; apply: eq_bigr => i _.
  rewrite -sumrB -big_split; apply: eq_bigr => k _ /=; rewrite !sub_state.
  by move: (a k) (a' k) (z i k) (z' i k) (q i k) (q' i k) => ? ? ? ? ? ?; ring.
rewrite -subr_ge0 -oppr_le0 opprB opprK total cross subr0.
by rewrite -oppr_ge0 -sumrN; apply: sumr_ge0 => i _; rewrite oppr_ge0.
Qed.

(* Any two states come nearer to each other, by the difference of their steps. *)
Theorem distance_falls z x z' x' : convex_risks G ->
  replies G r z x -> replies G r z' x' ->
  square ((z + step z x) - (z' + step z' x')) <=
  square (z - z') - square (step z x - step z' x').
Proof.
move=> Gc rep rep'; have := steps_lead_nearer Gc rep rep'.
have -> : (z + step z x) - (z' + step z' x') = (z - z') + (step z x - step z' x').
  by rewrite opprD addrACA.
rewrite (square_add (z - z')).
move: (dot _ _) (square (z - z')) (square (step z x - _)) => a b s le_d.
by apply: (le2 le_d le_d); ring.
Qed.

(* Where no state moves, all propose the same optimum at Lindahl prices. *)
Theorem rest_is_optimal z x : convex_risks G -> replies G r z x -> step z x = 0 ->
  let y := average z in
  [/\ forall i, x i = y, social_optimum G y
    & forall i w, nonneg w ->
        cost G i y + inner (exchange_price r z i) y <=
        cost G i w + inner (exchange_price r z i) w].
Proof.
move=> Gc rep rest /=; have same i : x i = average z.
  apply/ffunP => k; apply/eqP; rewrite -subr_eq0.
  by have /ffunP/(_ i)/ffunP/(_ k) := rest; rewrite !ffunE => ->.
have y0 : nonneg (average z) by rewrite -(same ord0); apply: (rep ord0).1.
have best i w : nonneg w ->
    cost G i (average z) + inner (exchange_price r z i) (average z) <=
    cost G i w + inner (exchange_price r z i) w.
  move=> w0; have := reply_first_order (Gc i) rep w0; rewrite same.
  rewrite [X in r * X]big1 => [|k _]; last by rewrite subrr mul0r.
  by rewrite mulr0 addr0 subr_ge0.
split=> //; split=> // w w0.
by apply: equation_15 (exchange_price_sum z) _ => i; apply: best.
Qed.

(* Such states exist at every optimum. *)
Theorem rest_exists y : convex_risks G -> differentiable_risks G ->
  social_optimum G y -> exists z, replies G r z [ffun=> y] /\ step z [ffun=> y] = 0.
Proof.
move=> Gc Gd opt; have [l [l0 best]] := optimum_prices Gc Gd opt.
pose z : state R n := [ffun i => [ffun k => y k + l i k / r]].
have mean_z : average z = y.
  apply/ffunP => k; rewrite ffunE (eq_bigr (fun i => y k + l i k / r)); last first.
    by move=> i _; rewrite !ffunE.
  rewrite big_split /= -mulr_suml l0 mul0r addr0 sumr_const card_ord.
  by rewrite -(mulr_natr (y k)) mulfK // N_neq0.
have price_z i : exchange_price r z i = l i.
  apply/ffunP => k; rewrite ffunE mean_z !ffunE addrAC subrr add0r mulrC divfK //.
  by rewrite gt_eqF.
exists z; split; last first.
  apply/ffunP => i; apply/ffunP => k.
  have -> : step z [ffun=> y] i k = y k - average z k by rewrite !ffunE.
  by rewrite mean_z subrr !ffunE.
move=> i; rewrite ffunE; split; first exact: opt.1.
move=> w w0; rewrite /objective price_z mean_z ler_add //; first exact: best.
rewrite big1 => [|k _]; last by rewrite subrr expr0n.
by rewrite mulr0 mulr_ge0 ?sumr_ge0 ?divr_ge0 ?ler0n ?ltW // => k _; apply: sqr_ge0.
Qed.

Section Rounds.
Variables (z x : nat -> state R n) (goal proposal_goal : state R n).
Hypotheses (Gc : convex_risks G) (run : exchange G r z x).
Hypotheses (at_goal : replies G r goal proposal_goal).
Hypothesis rest : step goal proposal_goal = 0.
Let q t := step (z t) (x t).

(* The distance to every state of rest falls, by the square of the step. *)
Theorem distance_to_rest_falls t :
  square (z t.+1 - goal) <= square (z t - goal) - square (q t).
Proof.
have [rep ->] := run t; have := distance_falls Gc rep at_goal.
by rewrite rest addr0 subr0.
Qed.

(* Steps do not grow. *)
Theorem steps_do_not_grow t : square (q t.+1) <= square (q t).
Proof.
have [rep next_z] := run t; have [rep' _] := run t.+1.
have moved : z t.+1 - z t = q t by rewrite next_z addrAC subrr add0r.
have moved' : z t.+1 + q t.+1 - (z t + q t) = q t.+1.
  by rewrite {1}next_z addrAC subrr add0r.
have := distance_falls Gc rep' rep; rewrite -/(q t) -/(q t.+1) moved moved'.
by move=> /le_trans; apply; rewrite ger_addl oppr_le0 square_ge0.
Qed.

(* The squares of all steps add up to no more than the distance at the start. *)
Theorem steps_summable T : \sum_(t < T) square (q t) <= square (z 0%N - goal).
Proof.
suff : \sum_(t < T) square (q t) + square (z T - goal) <= square (z 0%N - goal).
  by apply: le_trans; rewrite ler_addl square_ge0.
elim: T => [|T ih]; first by rewrite big_ord0 add0r.
rewrite big_ord_recr /=; apply: (le2 ih (distance_to_rest_falls T)).
by move: (\sum_(_ < T) _) => S; ring.
Qed.

(* So after T rounds the step is small. *)
Theorem steps_vanish T :
  T.+1%:R * square (q T) <= square (z 0%N - goal).
Proof.
apply: le_trans (steps_summable T.+1).
have small t d : square (q (t + d)) <= square (q t).
  elim: d => [|d ih]; first by rewrite addn0.
  by rewrite addnS (le_trans (steps_do_not_grow _)).
have -> : T.+1%:R * square (q T) = \sum_(t < T.+1) square (q T).
  by rewrite sumr_const card_ord mulr_natl.
apply: ler_sum => t _; have := small t (T - t)%N; rewrite subnKC //.
by rewrite -ltnS ltn_ord.
Qed.

End Rounds.

(* Lost messages: proposals of the users in S arrive, with the probability p S,
   and each user's with the probability 1 - loss. In the mean the distance to
   every state of rest falls. *)
Definition partial_step (q : state R n) (S : {set 'I_N}) : state R n :=
  [ffun i => if i \in S then q i else 0].

Theorem lost_messages z x goal goal_x (p : {set 'I_N} -> R) (loss : R) :
  convex_risks G -> replies G r z x ->
  replies G r goal goal_x -> step goal goal_x = 0 ->
  \sum_S p S = 1 -> (forall i, \sum_(S : {set 'I_N} | i \in S) p S = 1 - loss) -> loss <= 1 ->
  \sum_S p S * square (z + partial_step (step z x) S - goal) <=
  square (z - goal) - (1 - loss) * square (step z x).
Proof.
move=> Gc rep at_goal rest p1 arrives loss1; set q := step z x.
have mono := steps_lead_nearer Gc rep at_goal; rewrite rest subr0 -/q in mono.
have expect (b : state R n) :
    \sum_S p S * dot b (partial_step q S) = (1 - loss) * dot b q.
  rewrite /dot mulr_sumr; under eq_bigr do rewrite mulr_sumr.
  rewrite exchange_big; apply: eq_bigr => i _ /=; rewrite -(arrives i) mulr_suml.
  rewrite [RHS]big_mkcond; apply: eq_bigr => S _; rewrite ffunE.
  case: ifP => // _; rewrite [inner _ _]big1 ?mulr0 // => k _.
  by rewrite ffunE mulr0.
have square_part S : square (partial_step q S) = dot q (partial_step q S).
  apply: eq_bigr => i _; rewrite ffunE; case: ifP => // _.
  by apply: eq_bigr => k _; rewrite !ffunE mul0r mulr0.
have expand S : p S * square (z + partial_step q S - goal) =
    p S * square (z - goal) + 2%:R * (p S * dot (z - goal) (partial_step q S))
    + p S * dot q (partial_step q S).
  by rewrite addrAC square_add square_part; move: (p S) => a; ring.
rewrite (eq_bigr _ (fun S _ => expand S)) !big_split /= -mulr_suml p1 mul1r.
rewrite -mulr_sumr !expect -/(square q).
have gain : (1 - loss) * (dot (z - goal) q + square q) <= 0.
  by rewrite mulr_ge0_le0 ?subr_ge0 // -ler_subr_addr sub0r.
by apply: (le2 gain gain); ring.
Qed.

End Exchange.
