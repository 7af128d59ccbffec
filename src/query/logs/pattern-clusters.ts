import { tokenizeLine, WILDCARD, type LineTokens } from './tokenize-line.ts'

/** As many kinds of lines are told apart at once; the rarest are given up for new ones. */
const MAX_CLUSTERS = 500
/** Of those, the share that goes when there are too many. */
const GIVEN_UP = 0.25
/** Lines of one shape with more different heads than this are taken to begin with something variable. */
const MAX_HEADS = 40
/** Lines are alike when so much of what the first of them said is the same. */
const ALIKE = 0.5

/** Lines that are alike, with how many there were. */
export interface PatternCount {
  /** With `<_>` where they differ, as `|>` of LogQL reads it. */
  readonly pattern: string
  readonly level: string
  /** By number of the time step. */
  readonly lines: ReadonlyMap<number, number>
  readonly total: number
}

interface Cluster {
  readonly words: string[]
  readonly separators: readonly string[]
  readonly prefix: string
  readonly suffix: string
  readonly level: string
  /** By step. */
  readonly lines: Map<number, number>
  readonly group: Cluster[]
  /** How many words its first line had that say something. */
  readonly said: number
  total: number
}

/** A line to be counted, with what surrounds the text that decides (the rest of a JSON object). */
export interface PatternLine {
  readonly text: string
  readonly prefix: string
  readonly suffix: string
  readonly level: string
  readonly step: number
  /** How many lines it stands for. */
  readonly weight: number
}

/**
 * Finds what lines have in common, after the idea of Drain (He and others, 2017): lines are told apart by their level, their shape (the
 * signs between their words) and the words that they and their messages begin with, and are of one cluster when half of their words
 * agree; words that do not become `<_>`.
 */
export class PatternClusters {
  readonly #shapes = new Map<string, Map<string, Cluster[]>>()
  #clusters = 0

  add(line: PatternLine): void {
    const tokens = tokenizeLine(line.text)
    const group = this.#groupOf(tokens, line)
    const cluster = findAlike(group, tokens.words) ?? this.#create(group, tokens, line)
    const { words } = cluster
    for (let i = 0; i < words.length; i++) if (words[i] !== tokens.words[i]) words[i] = WILDCARD
    addCount(cluster.lines, line.step, line.weight)
    cluster.total += line.weight
  }

  /** The patterns, with the most frequent first. */
  finish(): readonly PatternCount[] {
    const merged = new Map<string, { pattern: string; level: string; lines: Map<number, number> }>()
    for (const cluster of this.#all()) {
      const pattern = patternOf(cluster)
      const { level } = cluster
      const key = `${level}\n${pattern}`
      const one = merged.get(key) ?? { pattern, level, lines: new Map<number, number>() }
      merged.set(key, one)
      for (const [step, count] of cluster.lines) addCount(one.lines, step, count)
    }
    return Array.from(merged.values(), (one) => {
      const total = [...one.lines.values()].reduce((sum, count) => sum + count, 0)
      return { ...one, total }
    }).sort((a, b) => b.total - a.total || (a.pattern < b.pattern ? -1 : 1))
  }

  #groupOf({ words, separators }: LineTokens, { level, prefix }: PatternLine): Cluster[] {
    const shape = [level, prefix, ...separators].join('\u0000')
    let byWord = this.#shapes.get(shape)
    if (byWord === undefined) {
      byWord = new Map()
      this.#shapes.set(shape, byWord)
    }
    const head = headOf(words, separators)
    const name = byWord.has(head) || byWord.size < MAX_HEADS ? head : WILDCARD
    let group = byWord.get(name)
    if (group === undefined) {
      group = []
      byWord.set(name, group)
    }
    return group
  }

  #create(group: Cluster[], { words, separators }: LineTokens, line: PatternLine): Cluster {
    if (this.#clusters >= MAX_CLUSTERS) this.#giveUpRarest()
    const { prefix, suffix, level } = line
    const cluster = {
      ...{ words: [...words], separators, prefix, suffix, level, group, total: 0 },
      said: words.filter(saysSomething).length,
      lines: new Map<number, number>(),
    }
    group.push(cluster)
    this.#clusters++
    return cluster
  }

  #giveUpRarest(): void {
    const rarest = [...this.#all()].sort((a, b) => a.total - b.total)
    const gone = rarest.slice(0, Math.ceil(MAX_CLUSTERS * GIVEN_UP))
    for (const cluster of gone) cluster.group.splice(cluster.group.indexOf(cluster), 1)
    for (const [shape, byWord] of this.#shapes) {
      for (const [word, group] of byWord) if (group.length === 0) byWord.delete(word)
      if (byWord.size === 0) this.#shapes.delete(shape)
    }
    this.#clusters -= gone.length
  }

  *#all(): Generator<Cluster> {
    for (const byWord of this.#shapes.values()) {
      for (const group of byWord.values()) yield* group
    }
  }
}

function addCount(lines: Map<number, number>, step: number, count: number): void {
  lines.set(step, (lines.get(step) ?? 0) + count)
}

/** The cluster that agrees most, if it does so enough. */
function findAlike(group: readonly Cluster[], words: readonly string[]): Cluster | undefined {
  let best: Cluster | undefined
  let bestShare = -1
  for (const cluster of group) {
    const share = agreement(cluster, words)
    if (share <= bestShare) continue
    best = cluster
    bestShare = share
  }
  return bestShare >= ALIKE ? best : undefined
}

/** Of the words that the first line of a cluster said, the share that all lines say, with this one. */
function agreement({ words: known, said }: Cluster, words: readonly string[]): number {
  if (said === 0) return words.some(saysSomething) ? 0 : 1
  let agreed = 0
  for (let i = 0; i < known.length; i++) {
    const word = known[i] as string
    if (word === words[i] && saysSomething(word)) agreed++
  }
  return agreed / said
}

function saysSomething(word: string): boolean {
  return word !== WILDCARD && /\p{L}/u.test(word)
}

const LEVEL =
  /^(?:trace|debug|info|information|notice|warn|warning|error|err|fatal|critical|crit|panic)$/i
/** Where a message begins behind what every line has: `sshd[123]: `, `[main] - `. */
const BEFORE_MESSAGE = /[:\]] /
const MESSAGE_KEY = /^(?:msg|message)$/i

/** The first word of a line that is the same in many, and the first of its message. */
function headOf(words: readonly string[], separators: readonly string[]): string {
  const isConstant = (word: string): boolean =>
    saysSomething(word) && !/\d/.test(word) && !LEVEL.test(word)
  const first = words.find(isConstant) ?? ''
  const begin = words.findIndex((word, i) => {
    const before = separators[i] ?? ''
    if (BEFORE_MESSAGE.test(before)) return true
    return word !== '' && before.startsWith('=') && MESSAGE_KEY.test(words[i - 1] ?? '')
  })
  const message = begin < 0 ? '' : (words.slice(begin).find(isConstant) ?? '')
  return `${first}\u0000${message}`
}

/** What LogQL would read as a capture with a name, which it refuses here. */
const NAMED = /<[A-Za-z_][A-Za-z0-9_]*>/g

/** The text of a pattern. Wildcards that nothing separates are one: LogQL refuses two. */
function patternOf({ words, separators, prefix, suffix }: Cluster): string {
  let text = prefix + (separators[0] ?? '')
  for (const [i, word] of words.entries()) text += word + (separators[i + 1] ?? '')
  return (text + suffix).replaceAll(NAMED, WILDCARD).replaceAll(/(?:<_>)+/g, WILDCARD)
}
