import type { Labels } from '../model/labels.ts'
import type { Matcher } from '../model/matcher.ts'
import type { InhibitRuleConfig } from './config/inhibit-rule.ts'
import { allMatchers } from './config/matchers.ts'
import { SourceSet, type InhibitSource } from './inhibit-sources.ts'

export type { InhibitSource } from './inhibit-sources.ts'

/** A rule with its sources that fire. */
interface IndexedRule {
  readonly config: InhibitRuleConfig
  readonly source: readonly Matcher[]
  readonly target: readonly Matcher[]
  /** Sorted. */
  readonly equal: readonly string[]
  /** By the values of the labels that must be equal. */
  readonly sources: Map<string, SourceGroup>
}

/** Sources that are alike in the labels that must be equal. */
interface SourceGroup {
  /** Those that match the target side too stand apart, because they inhibit no alert that is like them. */
  readonly oneSided: SourceSet
  readonly twoSided: SourceSet
}

/** Which rule inhibits an alert, and through which alert. */
export interface Inhibition {
  /** The place of the rule in `inhibit_rules`, from 0. */
  readonly ruleIndex: number
  readonly rule: InhibitRuleConfig
  /** The alert that fires and is the reason. */
  readonly fingerprint: string
}

/**
 * Which alerts are kept quiet by others (inhibit/inhibit.go). Sources are indexed by the labels that must be equal, so that a
 * question costs one look-up a rule, and a storm of n alerts about n steps. Unlike in the original, a source that resolves
 * uncovers the next one with the same labels.
 */
export class InhibitIndex {
  readonly #rules: readonly IndexedRule[]
  /** In which groups each source stands, so that it can be taken out whatever its labels say. */
  readonly #placed = new Map<string, SourceSet[]>()

  constructor(rules: readonly InhibitRuleConfig[]) {
    this.#rules = rules.map((config) => ({
      config,
      source: allMatchers(config.source),
      target: allMatchers(config.target),
      equal: config.equal.toSorted(),
      sources: new Map(),
    }))
  }

  /** How many alerts can inhibit others now. */
  get size(): number {
    return this.#placed.size
  }

  /** Takes in an alert that is new or changed. One that is over stays until `delete` or `forgetResolved`, without effect. */
  set(alert: InhibitSource): void {
    this.delete(alert.fingerprint)
    const placed: SourceSet[] = []
    for (const rule of this.#rules) {
      if (!matchesAll(rule.source, alert.labels)) continue
      const key = keyOf(rule, alert.labels)
      let group = rule.sources.get(key)
      if (group === undefined) {
        group = { oneSided: new SourceSet(), twoSided: new SourceSet() }
        rule.sources.set(key, group)
      }
      const side = matchesAll(rule.target, alert.labels) ? group.twoSided : group.oneSided
      side.set(alert)
      placed.push(side)
    }
    if (placed.length > 0) this.#placed.set(alert.fingerprint, placed)
  }

  /** Forgets an alert. */
  delete(fingerprint: string): void {
    const placed = this.#placed.get(fingerprint)
    if (placed === undefined) return
    for (const side of placed) side.delete(fingerprint)
    this.#placed.delete(fingerprint)
  }

  /** Forgets alerts that are over, and what they leave behind. To be called now and then. */
  forgetResolved(nowMs: number): void {
    const over = new Set<string>()
    for (const { sources } of this.#rules) {
      for (const { oneSided, twoSided } of sources.values()) {
        for (const fingerprint of oneSided.resolved(nowMs)) over.add(fingerprint)
        for (const fingerprint of twoSided.resolved(nowMs)) over.add(fingerprint)
      }
    }
    for (const fingerprint of over) this.delete(fingerprint)
    for (const { sources } of this.#rules) {
      for (const [key, { oneSided, twoSided }] of sources) {
        if (oneSided.size + twoSided.size === 0) sources.delete(key)
      }
    }
  }

  /** The fingerprints of the alerts that inhibit one with these labels now; empty when none does. As in the original, one. */
  inhibitedBy(labels: Labels, nowMs: number): readonly string[] {
    const found = this.find(labels, nowMs)
    return found === undefined ? [] : [found.fingerprint]
  }

  /** The first rule of the file that inhibits an alert with these labels now. */
  find(labels: Labels, nowMs: number): Inhibition | undefined {
    for (const [ruleIndex, rule] of this.#rules.entries()) {
      const fingerprint = findSource(rule, labels, nowMs)
      if (fingerprint !== undefined) return { ruleIndex, rule: rule.config, fingerprint }
    }
    return undefined
  }

  /** Every rule that inhibits an alert with these labels now, with one reason each: for people who ask why. */
  findAll(labels: Labels, nowMs: number): readonly Inhibition[] {
    return this.#rules.flatMap((rule, ruleIndex) => {
      const fingerprint = findSource(rule, labels, nowMs)
      return fingerprint === undefined ? [] : [{ ruleIndex, rule: rule.config, fingerprint }]
    })
  }
}

/**
 * The fingerprint of a source of the rule for such an alert. One that matches both sides of the rule, as the alert itself does
 * then, is none for an alert that also matches both: else alerts would keep themselves and each other quiet.
 */
function findSource(rule: IndexedRule, labels: Labels, nowMs: number): string | undefined {
  if (rule.sources.size === 0 || !matchesAll(rule.target, labels)) return undefined
  const group = rule.sources.get(keyOf(rule, labels))
  if (group === undefined) return undefined
  const found = group.oneSided.findFiring(nowMs)
  if (found !== undefined || group.twoSided.size === 0) return found
  return matchesAll(rule.source, labels) ? undefined : group.twoSided.findFiring(nowMs)
}

function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  for (const matcher of matchers) if (!matcher.matches(labels.get(matcher.name))) return false
  return true
}

/** Labels that are absent are equal to each other. Values cannot hold U+FFFF (model/labels.ts). */
function keyOf({ equal }: IndexedRule, labels: Labels): string {
  let key = ''
  for (const name of equal) key += `${labels.get(name)}\uffff`
  return key
}
