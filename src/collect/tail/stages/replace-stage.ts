import { stringMap, type GoValue } from '../../../lang/gotemplate/value.ts'
import type { TemplateSet } from '../../../lang/gotemplate/template.ts'
import type { GroupRegex } from '../../../model/group-regex.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import type { LogEntry } from './entry.ts'
import { readRegex, readSettings, readSource } from './settings.ts'
import type { StageSpec, StepStage } from './stage.ts'
import { evaluateTemplate, parseTemplate, textsOf } from './template-stage.ts'
import { textOf } from './value-text.ts'

/** Matches in one line that are replaced; what is behind them stays. */
const MAX_MATCHES = 10_000

interface ReplaceSettings {
  readonly regex: GroupRegex
  readonly source: string | undefined
  /** What a group is replaced by; `.Value` is the text of the group. */
  readonly template: TemplateSet
}

/**
 * `replace`: in every match the text of each group is replaced by what a template makes of it; groups within a replaced group are
 * passed over. A pattern without groups replaces nothing.
 */
export function readReplace(node: YamlNode): StageSpec['compile'] | undefined {
  const settings = readSettings(node, ['expression', 'source', 'replace'], (map) => ({
    regex: readRegex(map, 'expression'),
    source: readSource(map.key('source')),
    template: parseTemplate(map.key('replace'), map.key('replace').asRawString() ?? ''),
  }))
  const { regex, source, template } = settings ?? {}
  if (regex === undefined || template === undefined) return undefined
  if (regex.names.length === 1) {
    node.warnAtKey('replaces nothing: only what a group ( ) of the expression matches is replaced')
  }
  return () => replaceStage({ regex, source, template })
}

function replaceStage(settings: ReplaceSettings): StepStage {
  const { regex, source } = settings
  return {
    step: (entry) => {
      const text = source === undefined ? entry.line : textOf(entry.extracted.get(source))
      const replaced = text === undefined ? undefined : replaceGroups(text, entry, settings)
      if (text === undefined || replaced === undefined) return true
      const groups = regex.match(text) ?? []
      if (source === undefined) entry.line = replaced.text
      else entry.extracted.set(source, replaced.text)
      for (const [index, name] of regex.names.entries()) {
        const fresh = name === '' ? undefined : replaced.byGroupText.get(groups[index] ?? '')
        if (fresh !== undefined) entry.extracted.set(name, fresh)
      }
      return true
    },
  }
}

interface Replaced {
  readonly text: string
  /** What the text of a group was replaced by. */
  readonly byGroupText: ReadonlyMap<string, string>
}

function replaceGroups(
  text: string,
  entry: LogEntry,
  { regex, template }: ReplaceSettings,
): Replaced | undefined {
  const matches = regex.matchAll(text, MAX_MATCHES)
  if (matches.length === 0) return undefined
  const values: Map<string, GoValue> = textsOf(entry.extracted)
  const byGroupText = new Map<string, string>()
  let out = ''
  let last = 0
  for (const spans of matches) {
    for (const { start, end } of spans.slice(1)) {
      if (start < 0) continue
      const group = text.slice(start, end)
      let fresh = byGroupText.get(group)
      if (fresh === undefined) {
        values.set('Value', group)
        fresh = evaluateTemplate(template, stringMap(values))
        if (fresh === undefined) return undefined
        byGroupText.set(group, fresh)
      }
      if (last > start) continue
      out += text.slice(last, start) + fresh
      last = end
    }
  }
  return { text: out + text.slice(last), byGroupText }
}
