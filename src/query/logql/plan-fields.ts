import type { Stage } from '../../lang/logql/ast.ts'
import { parseCapturePattern } from '../../lang/logql/pattern.ts'
import { EXTRACTED } from '../../lang/logql/pipeline/line-labels.ts'
import type { LineFields } from '../../store/lines-source.ts'
import { groupsOf } from './plain-pattern.ts'

/** What a text that cannot be written becomes; the engine has lines as they came. */
const UNWRITABLE = /\ufffd|\p{Surrogate}/u

/**
 * The fields of these names that a parser finds, where the engine can find them, too; undefined when it is another parser, marks lines
 * as faulty, or finds what nobody can tell beforehand.
 */
export function fieldsOf(stage: Stage, names: readonly string[]): LineFields | undefined {
  if (names.some((name) => name.endsWith(EXTRACTED))) return undefined
  switch (stage.kind) {
    case 'json':
      return stage.extractions.length > 0 ? undefined : { parser: { kind: 'json' }, names }
    case 'logfmt': {
      const isPlain = !stage.strict && !stage.keepEmpty && stage.extractions.length === 0
      return isPlain ? { parser: { kind: 'logfmt' }, names } : undefined
    }
    case 'pattern': {
      if (UNWRITABLE.test(stage.text)) return undefined
      const pieces = parseCapturePattern(stage.text)
      const captures = new Set(pieces.map((piece) => ('capture' in piece ? piece.capture : '_')))
      const found = names.filter((name) => name !== '_' && captures.has(name))
      return { parser: { kind: 'pattern', pieces }, names: found }
    }
    case 'regexp': {
      const groups = groupsOf(stage.text)
      if (groups === undefined) return undefined
      const found = names.filter((name) => groups.has(name))
      return { parser: { kind: 'regexp', source: stage.text, groups }, names: found }
    }
    default:
      return undefined
  }
}
