import type {
  ActionNode,
  BranchNode,
  Escape,
  ListNode,
  Node,
  TemplateNode,
  TextNode,
} from '../ast.ts'
import type { Definition } from '../definition.ts'
import { printNode } from '../print-node.ts'
import { utf8Length } from '../../../model/go-notation.ts'
import { TemplateError } from '../template-error.ts'
import type { TemplateSet } from '../template.ts'
import { advance } from './advance.ts'
import type { Context } from './context.ts'
import { TEXT, join, nameContext, nudge } from './context.ts'
import { chooseEscapes, takePredefined } from './choose-escapes.ts'

/** The context behind a part; undefined behind `{{break}}` and `{{continue}}`, where nothing follows. */
type After = Context | undefined

interface Result<N> {
  readonly node: N
  readonly after: After
}

/** The contexts in which a loop's turns end early. */
interface Loop {
  readonly breaks: Context[]
  readonly continues: Context[]
}

/** One copy of a template, made for one place. */
interface Copy {
  definition: Definition | undefined
  /** The context behind it, as far as it is known: while it is made, what its own calls may count on. */
  after: Context
  isCalledByItself: boolean
}

/**
 * The templates of a set with the escapes that their places need, as html/template puts them in: each action is looked at in
 * the context that the text before it makes. A template that is called in several contexts gets a copy for each. Throws
 * TemplateError (stage `escape`) where no escape is safe.
 */
export class EscapedTemplates {
  readonly #set: TemplateSet
  readonly #copies = new Map<string, Copy>()
  #current: Definition | undefined

  constructor(set: TemplateSet) {
    this.#set = set
  }

  /** A template as a document of its own: it begins and ends in text. */
  entry(name: string): Definition {
    const copy = this.#copy(name, TEXT)
    if (!copy?.definition)
      throw this.#fault(undefined, `"${name}" is an incomplete or empty template`)
    if (copy.after.state !== 'text') {
      const reason = `ends in a non-text context: ${copy.after.state}`
      throw new TemplateError('escape', `${prefix(name)}: ${reason}`)
    }
    return copy.definition
  }

  /** The copy that a call names. */
  derived(name: string): Definition | undefined {
    return this.#copies.get(name)?.definition
  }

  #copy(name: string, start: Context): Copy | undefined {
    const key = copyName(name, start)
    const known = this.#copies.get(key)
    if (known) {
      known.isCalledByItself ||= known.definition === undefined
      return known
    }
    const definition = this.#set.lookUp(name)
    if (!definition) return undefined
    const copy: Copy = { definition: undefined, after: start, isCalledByItself: false }
    this.#copies.set(key, copy)
    const outer = this.#current
    this.#current = definition
    try {
      let body = this.#list(definition.root, start, undefined)
      const after = body.after ?? start
      if (copy.isCalledByItself && nameContext(after) !== nameContext(copy.after)) {
        copy.after = after
        body = this.#list(definition.root, start, undefined)
        if (nameContext(body.after ?? start) !== nameContext(after)) {
          throw this.#fault(undefined, `cannot compute output context for template ${name}`)
        }
      }
      copy.after = after
      copy.definition = { ...definition, name: key, root: body.node }
    } catch (thrown) {
      this.#copies.delete(key)
      throw thrown
    }
    this.#current = outer
    return copy
  }

  #list(list: ListNode, start: Context, loop: Loop | undefined): Result<ListNode> {
    let after: After = start
    const nodes: Node[] = []
    for (const node of list.nodes) {
      // What stands behind a break is never reached.
      if (!after) break
      const result: Result<Node> = this.#node(node, after, loop)
      nodes.push(result.node)
      after = result.after
    }
    return { node: { ...list, nodes }, after }
  }

  #node(node: Node, start: Context, loop: Loop | undefined): Result<Node> {
    switch (node.kind) {
      case 'text':
        return this.#text(node, start)
      case 'action':
        return this.#action(node, start)
      case 'if':
      case 'with':
      case 'range':
        return this.#branch(node, start, loop)
      case 'template':
        return this.#call(node, start)
      case 'break':
        loop?.breaks.push(start)
        return { node, after: undefined }
      case 'continue':
        loop?.continues.push(start)
        return { node, after: undefined }
      case 'list':
        return this.#list(node, start, loop)
      default:
        return node satisfies never
    }
  }

  #text(node: TextNode, start: Context): Result<TextNode> {
    try {
      const { context, output } = advance(start, node.text)
      return { node: { ...node, text: output }, after: context }
    } catch (thrown) {
      throw this.#fault(node, thrown instanceof Error ? thrown.message : '')
    }
  }

  #action(node: ActionNode, start: Context): Result<ActionNode> {
    if (node.pipe.declared.length > 0) return { node, after: start }
    const context = nudge(start)
    try {
      const { pipe, predefined } = takePredefined(node.pipe, context)
      const escapes: readonly Escape[] = chooseEscapes(context, printNode(node), predefined)
      const slash = context.state === 'js' ? 'divide' : context.slash
      // A URL has not begun for certain: what follows may complete a scheme, and is filtered too.
      return { node: { ...node, pipe, escapes }, after: { ...context, slash } }
    } catch (thrown) {
      throw this.#fault(node, thrown instanceof Error ? thrown.message : '')
    }
  }

  #branch(node: BranchNode, start: Context, outer: Loop | undefined): Result<BranchNode> {
    const isRange = node.kind === 'range'
    const loop = isRange ? { breaks: [], continues: [] } : outer
    let list = this.#list(node.list, start, loop)
    if (isRange) list = { ...list, after: this.#loopEnd(node, start, list.after, loop) }
    const elseList = node.elseList ? this.#list(node.elseList, start, outer) : undefined
    const otherwise = elseList ? elseList.after : start
    const after = this.#join(node, list.after, otherwise)
    return { node: { ...node, list: list.node, elseList: elseList?.node }, after }
  }

  /** A loop's turn must end where one can begin, since the next follows it. */
  #loopEnd(node: BranchNode, start: Context, end: After, loop: Loop | undefined): After {
    let turn = end
    for (const context of loop?.continues ?? []) turn = this.#join(node, turn, context)
    // The second turn begins where the first ended; it must end there too.
    if (turn && nameContext(turn) !== nameContext(start)) {
      const again = this.#list(node.list, turn, { breaks: [], continues: [] }).after
      turn = this.#join(node, turn, again)
    }
    for (const context of loop?.breaks ?? []) turn = this.#join(node, turn, context)
    return turn
  }

  #join(node: BranchNode, a: After, b: After): After {
    if (!a || !b) return a ?? b
    const joined = join(a, b)
    if (joined) return joined
    const contexts = `${a.state}, ${b.state}`
    throw this.#fault(node, `{{${node.kind}}} branches end in different contexts: ${contexts}`)
  }

  #call(node: TemplateNode, start: Context): Result<TemplateNode> {
    const context = nudge(start)
    const copy = this.#copy(node.name, context)
    if (!copy) throw this.#fault(node, `no such template "${node.name}"`)
    const derivedName = copyName(node.name, context)
    return { node: { ...node, derivedName }, after: copy.after }
  }

  /** `html/template:NAME:LINE:COLUMN: …` */
  #fault(node: Node | undefined, reason: string): TemplateError {
    const definition = this.#current
    const name = definition?.parseName ?? ''
    if (!definition || !node) return new TemplateError('escape', `${prefix(name)}: ${reason}`)
    const before = definition.source.slice(0, node.pos)
    const line = before.split('\n').length
    const column = utf8Length(before.slice(before.lastIndexOf('\n') + 1))
    return new TemplateError('escape', `html/template:${name}:${line}:${column}: ${reason}`, line)
  }
}

function prefix(name: string): string {
  return name === '' ? 'html/template' : `html/template:${name}`
}

function copyName(name: string, context: Context): string {
  const place = nameContext(context)
  return place === nameContext(TEXT) ? name : `${name}$htmltemplate_${place}`
}
