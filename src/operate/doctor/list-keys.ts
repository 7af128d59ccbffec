import { readFileSync } from 'node:fs'
import { FaultList, type ConfigFault } from '../../yaml/fault.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import type { Verdict } from './finding.ts'
import { heededBelow, ignoredBelow, judgeFault, keyOf, textOf } from './judge-fault.ts'

/** A key of a configuration file. */
export interface KeyEntry {
  /** `scrape_configs[0].static_configs[0].targets`. */
  readonly path: string
  readonly name: string
  readonly line: number
  readonly verdict: Verdict
  /** '' for what is supported. */
  readonly why: string
}

interface Walked {
  readonly path: string
  readonly name: string
  readonly line: number
  readonly valueLine: number
}

interface Judged {
  readonly verdict: Verdict
  readonly why: string
}

/** Every key of every mapping of a file, with what its faults say of it. None of what cannot be read: that is a fault itself. */
export function listKeys(file: string, faults: readonly ConfigFault[]): readonly KeyEntry[] {
  const keys = walkFile(file)
  const own = faults.filter((fault) => fault.file === file && fault.line > 0)
  const judged = new Map<string, Judged>()
  for (const fault of own) judge(fault, keys, judged)
  return keys.map(({ path, name, line }) => {
    const { verdict, why } = judged.get(path) ?? { verdict: 'supported', why: '' }
    return { path, name, line, verdict, why }
  })
}

const RANK: Readonly<Record<Verdict, number>> = { supported: 0, changed: 1, ignored: 2, wrong: 3 }

function judge(fault: ConfigFault, keys: readonly Walked[], judged: Map<string, Judged>): void {
  const verdict = judgeFault(fault)
  const at = findKey(fault, keys)
  if (verdict === 'supported' || at === undefined) return
  const why = textOf(fault)
  const put = (path: string): void => {
    const before = judged.get(path)
    if (before === undefined || RANK[before.verdict] < RANK[verdict])
      judged.set(path, { verdict, why })
  }
  if (verdict !== 'ignored') return put(at.path)
  const [heeded, named] = [heededBelow(why), ignoredBelow(why)]
  const below = keys.filter(
    ({ path }) => path.startsWith(`${at.path}.`) || path.startsWith(`${at.path}[`),
  )
  if (named !== undefined) {
    // The fault stands at an item of a list, whose keys it names.
    for (const key of below)
      if (named.includes(key.name) && isItemOf(key.path, at.path, fault)) put(key.path)
    return
  }
  if (heeded === undefined) put(at.path)
  for (const { path } of below) {
    const rest = path.slice(at.path.length + 1)
    const isHeeded = heeded?.some(
      (name) => name === rest || name.startsWith(`${rest}.`) || rest.startsWith(`${name}.`),
    )
    if (isHeeded !== true) put(path)
  }
}

function isItemOf(path: string, list: string, { message }: ConfigFault): boolean {
  const item = /^[^\s:]*?(\[\d+\])+: /.exec(message)?.[1] ?? ''
  return path.startsWith(`${list}${item}`)
}

/** The key that a fault is about: the last one of its name that is not below it, or else the last one at all. */
function findKey(fault: ConfigFault, keys: readonly Walked[]): Walked | undefined {
  const name = keyOf(fault)
  const before = keys.filter(({ line, valueLine }) => Math.min(line, valueLine) <= fault.line)
  return before.findLast((key) => key.name === name) ?? before.at(-1)
}

function walkFile(file: string): readonly Walked[] {
  try {
    const root = parseYaml(readFileSync(file, 'utf8'), { file, faults: new FaultList() })
    return root === undefined ? [] : walk(root, '')
  } catch {
    return []
  }
}

function walk(node: YamlNode, above: string, found: Walked[] = []): readonly Walked[] {
  if (node.isMap) {
    for (const entry of node.asMap()?.entries() ?? []) {
      const path = above === '' ? entry.name : `${above}.${entry.name}`
      found.push({ path, name: entry.name, line: entry.keyLine, valueLine: entry.line })
      walk(entry, path, found)
    }
  } else if (!node.isScalar && !node.isEmpty) {
    for (const [at, item] of (node.asList() ?? []).entries()) walk(item, `${above}[${at}]`, found)
  }
  return found
}
