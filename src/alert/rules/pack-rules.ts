import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { messageOf } from '../../model/problem.ts'
import type { FaultList } from '../../yaml/fault.ts'
import { isPackFolder, readManifest, type PackManifest } from './pack-manifest.ts'
import { renderValue, substituteVariables } from './pack-variables.ts'

const RULES_FOLDER = 'rules'

/** The rule files of a pack, sorted; those that test them (`*.test.yml`) are not among them. */
export function packRuleFiles(folder: string): readonly string[] {
  return filesIn(path.join(folder, RULES_FOLDER)).filter((file) => !file.endsWith('.test.yml'))
}

/** The unit tests of the rules of a pack, in promtool's format. */
export function packTestFiles(folder: string): readonly string[] {
  return filesIn(path.join(folder, RULES_FOLDER)).filter((file) => file.endsWith('.test.yml'))
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.yml'))
      .sort()
      .map((name) => path.join(folder, name))
  } catch {
    // A pack may be dashboards alone.
    return []
  }
}

/** The values of all variables of a pack as they are put into its files; those that `set` does not hold are the defaults. */
export function packValues(
  { variables }: PackManifest,
  set: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  return new Map(
    variables.map((variable) => [
      variable.name,
      renderValue(variable, set.get(variable.name) ?? variable.fallback),
    ]),
  )
}

export interface RenderSource {
  readonly file: string
  /** The name that faults show. */
  readonly shownAs: string
  readonly values: ReadonlyMap<string, string>
  readonly faults: FaultList
}

/** The text of a rule file of a pack with its variables filled in: a rule file as Prometheus reads it; undefined with a fault. */
export function renderPackFile(source: RenderSource): string | undefined {
  const fail = (line: number, col: number, message: string): void =>
    source.faults.add({ file: source.shownAs, line, col, message, severity: 'error' })
  try {
    const text = readFileSync(source.file, 'utf8')
    let isWhole = true
    const rendered = substituteVariables(text, source.values, (name, offset) => {
      const before = text.slice(0, offset).split('\n')
      const known = [...source.values.keys()].join(', ')
      isWhole = false
      fail(
        before.length,
        (before.at(-1)?.length ?? 0) + 1,
        `\${${name}}: the pack has no variable of this name. It has: ${known}`,
      )
    })
    return isWhole ? rendered : undefined
  } catch (thrown) {
    fail(0, 0, `cannot be read: ${messageOf(thrown)}`)
    return undefined
  }
}

/**
 * The text of a rule file when it is one of a pack, with the defaults of its variables, so that the files of a pack can be
 * checked and tested where they are: an empty one when that cannot be done; undefined for any other file.
 */
export function renderIfPackFile(file: string, faults: FaultList): string | undefined {
  const rules = path.dirname(path.resolve(file))
  const folder = path.dirname(rules)
  if (path.basename(rules) !== RULES_FOLDER || !isPackFolder(folder)) return undefined
  const manifest = readManifest(folder, faults)
  if (manifest === undefined) return ''
  return renderPackFile({ file, shownAs: file, values: packValues(manifest), faults }) ?? ''
}
