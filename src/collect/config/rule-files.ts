import { realpathSync } from 'node:fs'
import type { YamlNode } from '../../yaml/node.ts'
import type { ReadContext } from '../../yaml/context.ts'
import { isPattern } from '../../yaml/glob.ts'
import { locate } from '../../yaml/locate.ts'

/** One item of `rule_files` and the files that it leads to now. */
export interface RuleFilePattern {
  /** Absolute. */
  readonly pattern: string
  /** Absolute, sorted. A file that an earlier pattern leads to is not here again. */
  readonly files: readonly string[]
}

/** Prometheus allows a `*` in the last part of a path only (config.go, patRulePath). */
const PATH_PATTERN = /^[^*]*(?:\*[^/]*)?$/

/** Finds the rule files; their content is not read. */
export function locateRuleFiles(
  node: YamlNode,
  configFile: string | undefined,
  context: ReadContext,
): readonly RuleFilePattern[] {
  const seen = new Set<string>()
  // `/etc/prometheus/*.yml` must not take the configuration itself for rules.
  if (configFile !== undefined) seen.add(realPath(configFile))
  return (node.asList() ?? []).flatMap((item) => {
    const written = readPathPattern(item)
    if (written === undefined) return []
    const found = locate(written, context.folder)
    if (found.files.length === 0) {
      const kind = isPattern(written) ? undefined : 'missing-file'
      item.warn(`no rule file is at ${found.pattern}`, kind)
    }
    const files = found.files.filter((file) => {
      const real = realPath(file)
      return !seen.has(real) && seen.add(real)
    })
    return [{ pattern: found.pattern, files }]
  })
}

/** A path with at most one `*`, in its last part; reported otherwise. */
export function readPathPattern(node: YamlNode): string | undefined {
  const written = node.asString()
  if (node.isEmpty || written === '') return node.error('must not be empty')
  if (written === undefined || PATH_PATTERN.test(written)) return written
  return node.error(`${JSON.stringify(written)}: a * may stand in the last part of a path only`)
}

function realPath(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}
