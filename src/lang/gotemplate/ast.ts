import type { GoValue } from './value.ts'

/** The parts of a template. `pos` is a UTF-16 offset in the source, at the token where Go places the node. */
export type Node = TextNode | ActionNode | BranchNode | TemplateNode | LoopControlNode | ListNode

export interface ListNode {
  readonly kind: 'list'
  readonly pos: number
  readonly nodes: readonly Node[]
}

export interface TextNode {
  readonly kind: 'text'
  readonly pos: number
  readonly text: string
}

/** `{{pipeline}}`. `escapes` are added for HTML mode: they make the printed text safe for its place. */
export interface ActionNode {
  readonly kind: 'action'
  readonly pos: number
  readonly pipe: PipeNode
  readonly escapes?: readonly Escape[]
}

/** Turns a value into a text that is safe in one kind of place; each takes what the one before gave. */
export type Escape = (value: GoValue) => string

/** `{{if}}`, `{{with}}` and `{{range}}`. */
export interface BranchNode {
  readonly kind: 'if' | 'with' | 'range'
  readonly pos: number
  readonly pipe: PipeNode
  readonly list: ListNode
  readonly elseList: ListNode | undefined
}

/** `{{template "name" pipeline}}`; a `{{block}}` is one too. */
export interface TemplateNode {
  readonly kind: 'template'
  readonly pos: number
  readonly name: string
  readonly pipe: PipeNode | undefined
  /** In HTML mode: the name of the copy that was made for this place. */
  readonly derivedName?: string
}

export interface LoopControlNode {
  readonly kind: 'break' | 'continue'
  readonly pos: number
}

/** `$a, $b := command | command`. */
export interface PipeNode {
  readonly kind: 'pipe'
  readonly pos: number
  /** Names with their `$`. */
  readonly declared: readonly string[]
  /** `=` instead of `:=`. */
  readonly isAssignment: boolean
  readonly commands: readonly CommandNode[]
}

export interface CommandNode {
  readonly kind: 'command'
  readonly pos: number
  /** At least one. */
  readonly args: readonly [Operand, ...Operand[]]
}

export type Operand =
  | DotNode
  | NilNode
  | BoolNode
  | NumberNode
  | StringNode
  | FieldNode
  | VariableNode
  | IdentifierNode
  | ChainNode
  | PipeNode

export interface DotNode {
  readonly kind: 'dot'
  readonly pos: number
}

export interface NilNode {
  readonly kind: 'nil'
  readonly pos: number
}

export interface BoolNode {
  readonly kind: 'bool'
  readonly pos: number
  readonly value: boolean
}

/** A number or a character: what it is as an int and as a float64, where it is one. */
export interface NumberNode {
  readonly kind: 'number'
  readonly pos: number
  readonly text: string
  readonly int: bigint | undefined
  readonly float: number | undefined
}

export interface StringNode {
  readonly kind: 'string'
  readonly pos: number
  /** As written, with its quotes. */
  readonly quoted: string
  readonly value: string
}

/** `.A.B` */
export interface FieldNode {
  readonly kind: 'field'
  readonly pos: number
  readonly path: readonly string[]
}

/** `$x.A.B` */
export interface VariableNode {
  readonly kind: 'variable'
  readonly pos: number
  /** With its `$`. */
  readonly name: string
  readonly path: readonly string[]
}

/** The name of a function. */
export interface IdentifierNode {
  readonly kind: 'identifier'
  readonly pos: number
  readonly name: string
}

/** `(pipeline).A.B` or `function.A` */
export interface ChainNode {
  readonly kind: 'chain'
  readonly pos: number
  readonly node: Operand
  readonly path: readonly string[]
}
