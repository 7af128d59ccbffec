import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { compileExpression, ExpressionFault, isTrue, type Expression } from './expression.ts'
import { readField, type Field } from './field.ts'
import type { FileEntry } from './file-entry.ts'
import { OperatorFault, type Operator, type Step } from './operator.ts'

const ON_ERROR = ['send', 'send_quiet', 'drop', 'drop_quiet'] as const

/** What every operator may say. */
export interface CommonSettings {
  readonly id: string
  readonly output: string | undefined
  readonly condition: Expression | undefined
  readonly dropsFaults: boolean
}

/** Reads `id`, `output`, `if` and `on_error`; `type` is known. */
export function readCommon(map: YamlMap, type: string): CommonSettings {
  map.key('type')
  const id = map.key('id').asString() ?? type
  const output = map.key('output')
  const written = output.isScalar ? output.asString() : output.asStrings()?.[0]
  const condition = readExpression(map.key('if'))
  const onError = map.key('on_error').asOneOf(ON_ERROR) ?? 'send'
  return { id, output: written, condition, dropsFaults: onError.startsWith('drop') }
}

/** Reads an expression; reports what is wrong in it at its place. */
export function readExpression(node: YamlNode): Expression | undefined {
  const text = node.asRawString()
  if (text === undefined) return undefined
  try {
    return compileExpression(text)
  } catch (thrown) {
    if (!(thrown instanceof ExpressionFault)) throw thrown
    return node.errorWithin(thrown.at, thrown.message)
  }
}

/** A field that must be there. */
export function requireField(map: YamlMap, name: string): Field | undefined {
  const node = map.key(name)
  if (node.isEmpty) return map.node.errorAtKey(`${name} must be set`)
  return readField(node)
}

/** An operator that looks at one entry at a time. Entries for which its condition does not hold go on as they are. */
export function stepOperator(common: CommonSettings, step: Step): Operator {
  const { id, output, condition, dropsFaults } = common
  const run = (entry: FileEntry): boolean => {
    if (condition !== undefined && !isTrue(condition(entry))) return true
    try {
      return step(entry)
    } catch (thrown) {
      if (!(thrown instanceof OperatorFault)) throw thrown
      return !dropsFaults
    }
  }
  return {
    id,
    output,
    open: (give) => ({
      push: (entry) => {
        if (run(entry)) give(entry)
      },
    }),
  }
}
