import { createHash } from 'node:crypto'
import { Labels } from '../model/labels.ts'
import { compileAnchored, type AnchoredRegex } from '../model/regex.ts'

export const RELABEL_ACTIONS = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const

export type RelabelAction = (typeof RELABEL_ACTIONS)[number]

/** Which label names are valid: `[a-zA-Z_][a-zA-Z0-9_]*`, or any text that is not empty. */
export type NameValidation = 'legacy' | 'utf8'

/** One relabelling rule with every default filled in (Prometheus, model/relabel). */
export interface RelabelConfig {
  readonly action: RelabelAction
  readonly sourceLabels: readonly string[]
  readonly separator: string
  readonly regex: string
  /** Only for `hashmod`; 0 when not set. Up to 2^64-1. */
  readonly modulus: bigint
  readonly targetLabel: string
  readonly replacement: string
  readonly nameValidation: NameValidation
}

export const DEFAULT_RELABEL: RelabelConfig = {
  action: 'replace',
  sourceLabels: [],
  separator: ';',
  regex: '(.*)',
  modulus: 0n,
  targetLabel: '',
  replacement: '$1',
  nameValidation: 'utf8',
}

/** Rules compiled once and applied to many label sets. */
export interface Relabeler {
  /** True when there are no rules, so that callers can skip the call. */
  readonly isEmpty: boolean
  /** The new labels; the very same object when no rule changed anything; undefined when a rule dropped the set. */
  apply(labels: Labels): Labels | undefined
}

/** A rule as a function: false drops the set. */
type Step = (edit: LabelEdit) => boolean

/**
 * Compiles rules, which are applied in order, with Prometheus's semantics (model/relabel/relabel.go). Throws `RegexError`
 * for a pattern that does not compile. Apply is not re-entrant, which no rule can ask for.
 */
export function compileRelabel(configs: readonly RelabelConfig[]): Relabeler {
  if (configs.length === 0) return { isEmpty: true, apply: (labels) => labels }
  // Only labelmap can tell in which order labels were written (when two of them map to one name).
  const edit = new LabelEdit(configs.some((config) => config.action === 'labelmap'))
  const steps = configs.map(compileStep)
  return {
    isEmpty: false,
    apply(labels) {
      edit.begin(labels)
      for (const step of steps) if (!step(edit)) return undefined
      return edit.finish()
    },
  }
}

const LEGACY_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const LONE_SURROGATE = /[\ud800-\udfff]/u

/** Whether a label may be called so. In UTF-8 mode a lone surrogate is refused: it cannot be written as UTF-8. */
export function isValidLabelName(name: string, validation: NameValidation): boolean {
  return validation === 'legacy'
    ? LEGACY_NAME.test(name)
    : name !== '' && !LONE_SURROGATE.test(name)
}

function compileStep(config: RelabelConfig): Step {
  const { targetLabel } = config
  const source = compileSource(config)
  switch (config.action) {
    case 'keep': {
      const regex = compileAnchored(config.regex)
      return (edit) => regex.test(source(edit))
    }
    case 'drop': {
      const regex = compileAnchored(config.regex)
      return (edit) => !regex.test(source(edit))
    }
    case 'keepequal':
      return (edit) => edit.get(targetLabel) === source(edit)
    case 'dropequal':
      return (edit) => edit.get(targetLabel) !== source(edit)
    case 'lowercase':
      return always((edit) => edit.set(targetLabel, mapCase(source(edit), 'toLowerCase')))
    case 'uppercase':
      return always((edit) => edit.set(targetLabel, mapCase(source(edit), 'toUpperCase')))
    case 'hashmod':
      return always((edit) => edit.set(targetLabel, hashModulo(source(edit), config.modulus)))
    case 'replace':
      return always(compileReplace(config, source))
    case 'labelmap':
      return always(compileLabelMap(config))
    case 'labeldrop':
    case 'labelkeep': {
      const regex = compileAnchored(config.regex)
      const removed = config.action === 'labeldrop'
      return always((edit) => edit.removeWhere((name) => regex.test(name) === removed))
    }
    default:
      return config.action satisfies never
  }
}

function always(change: (edit: LabelEdit) => void): Step {
  return (edit) => {
    change(edit)
    return true
  }
}

function compileSource(config: RelabelConfig): (edit: LabelEdit) => string {
  const { sourceLabels, separator } = config
  const first = sourceLabels[0]
  if (first === undefined) return () => ''
  if (sourceLabels.length === 1) return (edit) => edit.get(first)
  return (edit) => {
    let joined = edit.get(first)
    for (let i = 1; i < sourceLabels.length; i++) {
      joined += separator + edit.get(sourceLabels[i] as string)
    }
    return joined
  }
}

function compileReplace(
  config: RelabelConfig,
  source: (edit: LabelEdit) => string,
): (edit: LabelEdit) => void {
  const { targetLabel, replacement, nameValidation } = config
  const regex = compileAnchored(config.regex)
  const fixedTarget = !targetLabel.includes('$')
  if (fixedTarget && !isValidLabelName(targetLabel, nameValidation)) return () => {}
  if (fixedTarget && config.regex === '(.*)' && (replacement === '$1' || replacement === '${1}')) {
    return (edit) => edit.set(targetLabel, source(edit))
  }
  const constant = replacement.includes('$') ? undefined : replacement
  const expand = compileExpand(regex, replacement)
  if (fixedTarget) {
    return (edit) => {
      const value = source(edit)
      const result =
        constant === undefined ? expand(value) : regex.test(value) ? constant : undefined
      if (result !== undefined) edit.set(targetLabel, result)
    }
  }
  const expandTarget = compileExpand(regex, targetLabel)
  return (edit) => {
    const value = source(edit)
    const target = expandTarget(value)
    if (target === undefined || !isValidLabelName(target, nameValidation)) return
    edit.set(target, constant ?? expand(value) ?? '')
  }
}

/** Where the regex has a test that is cheaper than a match (a set of literals), it goes first. */
function compileExpand(
  regex: AnchoredRegex,
  replacement: string,
): (value: string) => string | undefined {
  if (!regex.literals) return (value) => regex.expand(value, replacement)
  return (value) => (regex.test(value) ? regex.expand(value, replacement) : undefined)
}

function compileLabelMap(config: RelabelConfig): (edit: LabelEdit) => void {
  const regex = compileAnchored(config.regex)
  const expand = compileExpand(regex, config.replacement)
  return (edit) => {
    for (const [name, value] of edit.entries()) {
      const target = expand(name)
      if (target !== undefined) edit.set(target, value)
    }
  }
}

/** The last 8 bytes of the MD5 as one big-endian number, modulo `modulus`: what Prometheus has always computed. */
function hashModulo(value: string, modulus: bigint): string {
  if (modulus === 0n) return ''
  return (createHash('md5').update(value, 'utf8').digest().readBigUInt64BE(8) % modulus).toString()
}

/**
 * Go's strings.ToLower and ToUpper map code point by code point, without the context rules and the growing of JavaScript
 * (`ß` stays `ß`, every `Σ` becomes `σ`).
 */
function mapCase(value: string, direction: 'toLowerCase' | 'toUpperCase'): string {
  let isAscii = true
  for (let i = 0; i < value.length && isAscii; i++) isAscii = value.charCodeAt(i) < 128
  if (isAscii) return value[direction]()
  let out = ''
  for (const char of value) {
    const mapped = char[direction]()
    const single = mapped.codePointAt(0) as number
    // U+0130 is the one letter whose simple mapping is the first part of its full one.
    if (mapped.length === String.fromCodePoint(single).length || char === '\u0130') {
      out += String.fromCodePoint(single)
    } else out += char
  }
  return out
}

/**
 * A label set being changed. As long as nothing changes it only points to the set it started from; then it becomes a map
 * whose order is that of Prometheus's labels.Builder: untouched labels by name, then written ones in order of writing.
 */
class LabelEdit {
  readonly #keepsOrder: boolean
  #base: Labels = Labels.EMPTY
  #map: Map<string, string> | undefined
  #written = new Set<string>()

  constructor(keepsOrder: boolean) {
    this.#keepsOrder = keepsOrder
  }

  begin(labels: Labels): void {
    this.#base = labels
    this.#map = undefined
    if (this.#written.size > 0) this.#written = new Set()
  }

  get(name: string): string {
    return this.#map === undefined ? this.#base.get(name) : (this.#map.get(name) ?? '')
  }

  /** Writes a label; the value '' removes it. */
  set(name: string, value: string): void {
    const old = this.get(name)
    if (value === '') {
      if (old !== '') this.#remove(name)
      return
    }
    if (old === value && (!this.#keepsOrder || this.#written.has(name))) return
    const map = this.#open()
    if (this.#keepsOrder && !this.#written.has(name)) {
      map.delete(name)
      this.#written.add(name)
    }
    map.set(name, value)
  }

  removeWhere(isRemoved: (name: string) => boolean): void {
    const flat = this.#base.flat
    if (this.#map === undefined) {
      for (let i = 0; i < flat.length; i += 2) {
        if (isRemoved(flat[i] as string)) this.#remove(flat[i] as string)
      }
      return
    }
    for (const name of [...this.#map.keys()]) if (isRemoved(name)) this.#remove(name)
  }

  /** A copy, so that labels may be written meanwhile. */
  entries(): [string, string][] {
    if (this.#map !== undefined) return [...this.#map]
    const out: [string, string][] = []
    const flat = this.#base.flat
    for (let i = 0; i < flat.length; i += 2) out.push([flat[i] as string, flat[i + 1] as string])
    return out
  }

  finish(): Labels {
    return this.#map === undefined ? this.#base : Labels.fromPairs(this.#map)
  }

  #remove(name: string): void {
    this.#open().delete(name)
    this.#written.delete(name)
  }

  #open(): Map<string, string> {
    return (this.#map ??= new Map(this.entries()))
  }
}
