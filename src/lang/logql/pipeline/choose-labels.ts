import type { NamedLabel } from '../ast.ts'
import { matcher, type Matcher } from '../../../model/matcher.ts'
import {
  ERROR_DETAILS_LABEL,
  ERROR_LABEL,
  PRESERVE_ERROR_LABEL,
  type LineLabels,
} from './line-labels.ts'
import type { ReadyStage } from './stage.ts'

interface Choice {
  readonly name: string
  readonly matcher: Matcher | undefined
}

function choicesOf(labels: readonly NamedLabel[]): Choice[] {
  return labels.map(({ name, matcher: node }) => ({
    name,
    matcher: node && matcher(node.name, node.op, node.value),
  }))
}

/** `| drop a, b="c"` */
export function dropStage(dropped: readonly NamedLabel[]): ReadyStage {
  const choices = choicesOf(dropped)
  return {
    needs: [],
    run: ({ labels }) => {
      for (const choice of choices) drop(labels, choice)
      return true
    },
  }
}

function drop(labels: LineLabels, { name, matcher: own }: Choice): void {
  if (name === ERROR_LABEL) {
    if (!own || own.matches(labels.error)) labels.error = ''
  } else if (name === ERROR_DETAILS_LABEL) {
    if (!own || own.matches(labels.errorDetails)) labels.errorDetails = ''
  } else {
    const value = labels.get(name)
    const isDropped = own ? own.matches(value ?? '') : value !== undefined
    if (isDropped) labels.delete(name)
  }
}

const KEPT_ALWAYS: ReadonlySet<string> = new Set([
  ERROR_LABEL,
  ERROR_DETAILS_LABEL,
  PRESERVE_ERROR_LABEL,
])

/** `| keep a, b="c"` */
export function keepStage(kept: readonly NamedLabel[]): ReadyStage {
  const choices = choicesOf(kept)
  return {
    needs: [],
    run: ({ labels }) => {
      for (const [name, value] of [...labels.entries()]) {
        if (KEPT_ALWAYS.has(name)) continue
        const isKept = choices.some(
          (choice) => choice.name === name && (choice.matcher?.matches(value) ?? true),
        )
        if (!isKept) labels.delete(name)
      }
      return true
    },
  }
}
