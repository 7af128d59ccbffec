import type { ListNode } from './ast.ts'

/** One template: its name, its tree, and the text that it came from (for the places in errors). */
export interface Definition {
  readonly name: string
  /** The name of the text that held it: errors begin with it. */
  readonly parseName: string
  readonly source: string
  readonly root: ListNode
}

/** Whether a template holds nothing but white space (parse.IsEmptyTree). */
export function isEmptyDefinition(definition: Definition): boolean {
  return definition.root.nodes.every((node) => node.kind === 'text' && node.text.trim() === '')
}
