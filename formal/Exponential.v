(* The paper's example f(s) = exp(-s), over the real numbers: what the proofs
   need to know about it. *)

From mathcomp Require Import all_ssreflect ssralg ssrnum interval ring.
From mathcomp Require Import boolp classical_sets reals topology normedtype.
From mathcomp Require Import derive sequences exp.
From Pesim Require Import Game Calculus Anarchy.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope ring_scope.

Section Exponential.
Variable R : realType.
Implicit Types (s t x e p a F : R).

(* f and its derivative. *)
Definition decay (s : R) : R := expR (- s).
Definition decay_slope (s : R) : R := - expR (- s).

Lemma expR_above_line x : 1 + x <= expR x.
Proof.
have [x0|x0] := leP 0 x; first exact: expR_ge1Dx.
have slopes t : t \in `]x, 0[ -> is_derive t 1 (@expR R) (expR t).
  by move=> _; apply: is_derive_expR.
have cont : {within `[x, 0], continuous (@expR R)}.
  exact/continuous_subspaceT/continuous_expR.
have [t] := MVT_segment (ltW x0) slopes cont.
rewrite in_itv /= => /andP[_ t0]; rewrite expR0 sub0r => e.
have : expR t * - x <= - x.
  by rewrite ger_pmull ?oppr_gt0 // -expR0 ler_expR.
by rewrite -e ler_subl_addr addrC -ler_subl_addr opprK addrC.
Qed.

Lemma expR_over_line x : x != 0 -> 1 + x < expR x.
Proof.
move=> x0; pose h := x / 2%:R.
have hh : x = h + h by rewrite /h -splitr.
have [pos|neg] := ltP 0 (1 + h).
  have above := expR_above_line h.
  have : (1 + h) * (1 + h) <= expR h * expR h by rewrite ler_pmul // ltW.
  rewrite -expRD -hh; apply: lt_le_trans; rewrite hh.
  have h0 : 0 < h * h.
    by rewrite -expr2 lt_neqAle sqr_ge0 andbT eq_sym sqrf_eq0 mulf_neq0 // invr_neq0 // pnatr_eq0.
  by rewrite (_ : (1 + h) * (1 + h) = 1 + (h + h) + h * h) ?ltr_addl //; ring.
apply: le_lt_trans (expR_gt0 x); rewrite hh addrA.
apply: le_trans (ler_add neg (lexx h)) _; rewrite add0r.
by rewrite (le_trans _ neg) // ler_addr ler01.
Qed.

Lemma decay_pos s : 0 < decay s. Proof. exact: expR_gt0. Qed.

Lemma decay_tangent s t : decay s + decay_slope s * (t - s) <= decay t.
Proof.
have := expR_above_line (- (t - s)); rewrite -(ler_pmul2l (decay_pos s)) /decay.
rewrite -expRD (_ : - s + - (t - s) = - t); last by ring.
by apply: le_trans; rewrite le_eqVlt /decay_slope; apply/orP; left; apply/eqP; ring.
Qed.

Lemma decay_over_tangent s t : s != t -> decay s + decay_slope s * (t - s) < decay t.
Proof.
move=> st; have ts : - (t - s) != 0 by rewrite oppr_eq0 subr_eq0 eq_sym.
have := expR_over_line ts; rewrite -(ltr_pmul2l (decay_pos s)) /decay.
rewrite -expRD (_ : - s + - (t - s) = - t); last by ring.
by apply: le_lt_trans; rewrite le_eqVlt /decay_slope; apply/orP; left; apply/eqP; ring.
Qed.

Lemma decay_curved : curved decay.
Proof.
move=> s t u s0 t0 st /andP[u0 u1]; set m := (1 - u) * s + u * t.
have ne a b : a != 0 -> b - m = a * (t - s) -> m != b.
  move=> a0 e; rewrite eq_sym -subr_eq0 e mulf_neq0 // subr_eq0 eq_sym.
  exact/eqP.
have ms : m != s by apply: (@ne (- u)); rewrite ?oppr_eq0 ?gt_eqF // /m; ring.
have mt : m != t.
  by apply: (@ne (1 - u)); rewrite ?subr_eq0 ?gt_eqF // /m; ring.
have hs := decay_over_tangent ms; have ht := decay_over_tangent mt.
have v0 : 0 < 1 - u by rewrite subr_gt0.
have {hs} : (1 - u) * (decay m + decay_slope m * (s - m)) < (1 - u) * decay s.
  by rewrite ltr_pmul2l.
have {ht} : u * (decay m + decay_slope m * (t - m)) < u * decay t.
  by rewrite ltr_pmul2l.
move=> ht hs; apply: (lt2 hs (ltW ht)).
by move: (decay m) (decay_slope m) => a b; rewrite /m; ring.
Qed.

Lemma decay_derivative s : slope decay s (decay_slope s).
Proof.
move=> eps eps0; pose E := decay s; have E0 : 0 < E := decay_pos s.
pose d := Num.min 2%:R^-1 (eps / (2%:R * E)).
have d0 : 0 < d by rewrite lt_minr invr_gt0 ltr0n divr_gt0 // mulr_gt0 // ltr0n.
exists d => // t _ near; pose h := t - s.
have below := decay_tangent s t.
rewrite [X in X <= _]ger0_norm; last by apply: (le1 below); ring.
have half : `|h| <= 2%:R^-1 by apply: le_trans near _; rewrite le_minl lexx.
have small : `|h| <= eps / (2%:R * E).
  by apply: le_trans near _; rewrite le_minl lexx orbT.
have h1 : 2%:R^-1 <= 1 + h.
  have : - h <= 2%:R^-1 by apply: le_trans half; rewrite -normrN ler_norm.
  by move=> nh; apply: (le1 nh); field.
have p1 : 0 < 1 + h by apply: lt_le_trans h1; rewrite invr_gt0 ltr0n.
(* exp(-h) <= 1 / (1 + h). *)
have above : expR (- h) * (1 + h) <= 1.
  by rewrite -[X in _ <= X](expRxMexpNx_1 h) mulrC ler_pmul2r ?expR_gt0 // expR_above_line.
have eq_t : decay t = E * expR (- h).
  by rewrite /decay /E -expRD /h; congr expR; ring.
have square : (expR (- h) - 1 + h) * (1 + h) <= `|h| * `|h|.
  rewrite -normrM (le_trans _ (ler_norm _)) //; apply: (le1 above); ring.
have gap0 : 0 <= expR (- h) - 1 + h.
  by apply: (le1 (expR_above_line (- h))); ring.
have gap : expR (- h) - 1 + h <= 2%:R * (`|h| * `|h|).
  rewrite -ler_pdivr_mull ?ltr0n // mulrC; apply: le_trans square.
  by rewrite ler_wpmul2l.
have -> : decay t - decay s - decay_slope s * (t - s) = E * (expR (- h) - 1 + h).
  by rewrite eq_t /decay_slope -/(decay s) -/E -/h; ring.
apply: le_trans (_ : E * (2%:R * (`|h| * (eps / (2%:R * E)))) <= _).
  rewrite ler_pmul2l // (le_trans gap) // ler_pmul2l ?ltr0n //.
  by rewrite ler_wpmul2l.
have E1 : E != 0 by rewrite gt_eqF.
rewrite -/h le_eqVlt; apply/orP; left; apply/eqP.
by field.
Qed.

(* Where the first-order conditions hold, the marginal benefit is the cost, if
   the cost is low enough for any effort. *)
Lemma decay_conditions a F e : 0 <= a * decay_slope e + F ->
  (a * decay_slope e + F) * e = 0 -> F <= a -> a * decay e = F.
Proof.
rewrite /decay_slope -/(decay e) mulrN => F0 /eqP.
rewrite mulf_eq0 => /orP[/eqP|/eqP e_0 Fa].
  by move=> zero _; apply/eqP; rewrite eq_sym -subr_eq0 addrC zero.
move: F0; rewrite e_0 /decay oppr0 expR0 mulr1 addrC subr_ge0 => aF.
by apply/eqP; rewrite eq_le aF.
Qed.

(* And there is no effort otherwise. *)
Lemma decay_conditions_dear a F e : 0 < a -> 0 <= e ->
  (a * decay_slope e + F) * e = 0 -> a <= F -> e = 0.
Proof.
move=> a0 e0 /eqP; rewrite mulf_eq0 => /orP[/eqP zero aF|/eqP->//].
apply/eqP; rewrite eq_le e0 andbT -oppr_ge0 -ler_expR expR0.
rewrite -(ler_pmul2l a0) mulr1 (le_trans aF) // le_eqVlt; apply/orP; left.
by rewrite -subr_eq0 -zero /decay_slope mulrN addrC.
Qed.

Lemma decay_effort e p : decay e = p -> e = - ln p.
Proof. by move=> <-; rewrite /decay expK opprK. Qed.

Lemma ln_below_line p : 0 < p -> 1 + ln p <= p.
Proof. by move=> p0; have := expR_above_line (ln p); rewrite lnK. Qed.

End Exponential.
