import type { Escape, PipeNode } from '../ast.ts'
import type { GoValue } from '../value.ts'
import { stringOf } from '../value.ts'
import type { Context } from './context.ts'
import * as to from './escapers.ts'

/** An escape that the template itself ends with: `html` or `urlquery`. */
export type Predefined = 'html' | 'urlquery' | undefined

/**
 * Takes `| html` or `| urlquery` from the end of a pipeline: the escapes of the place do the same, and both would escape twice.
 * Throws where one stands in the middle, where what follows could undo it (html/template, ErrPredefinedEscaper).
 */
export function takePredefined(
  pipe: PipeNode,
  context: Context,
): { pipe: PipeNode; predefined: Predefined } {
  const last = pipe.commands.length - 1
  let predefined: Predefined
  for (const [i, command] of pipe.commands.entries()) {
    const [first] = command.args
    if (first.kind !== 'identifier') continue
    const { name } = first
    if (name !== 'html' && name !== 'urlquery') continue
    const isUnquoted = context.state === 'attr' && context.delimiter === 'space'
    if (i < last || (name === 'html' && isUnquoted)) {
      throw new Error(`predefined escaper "${name}" disallowed in template`)
    }
    predefined = name
  }
  const command = pipe.commands[last]
  if (!predefined || !command) return { pipe, predefined }
  if (command.args.length === 1 && last > 0) {
    return { pipe: { ...pipe, commands: pipe.commands.slice(0, -1) }, predefined }
  }
  // `{{html .A .B}}` prints its arguments together.
  const [first, ...rest] = command.args
  const print = {
    ...command,
    args: [{ ...first, kind: 'identifier', name: 'print' }, ...rest],
  } as const
  return { pipe: { ...pipe, commands: [...pipe.commands.slice(0, -1), print] }, predefined }
}

/** The escapes that make a value safe in a place, in order; throws where there is none. `shown` is the action. */
export function chooseEscapes(
  context: Context,
  shown: string,
  predefined: Predefined,
): readonly Escape[] {
  const escapes = [...escapesOfState(context, shown, predefined)]
  const isOfDocument = ['text', 'rcdata', 'attrName', 'tag', 'afterName'].includes(context.state)
  if (context.delimiter === 'space') escapes.push(to.escapeUnquoted)
  else if (context.delimiter !== 'none') {
    escapes.push(predefined === 'html' ? to.escapePlain : to.escapeAttribute)
  } else if (predefined === 'html' && !isOfDocument) escapes.push(to.escapePlain)
  return escapes
}

function escapesOfState(
  context: Context,
  shown: string,
  predefined: Predefined,
): readonly Escape[] {
  const query = predefined === 'urlquery' ? [to.escapeQueryPlain] : []
  switch (context.state) {
    case 'text':
      return [...query, predefined === 'html' ? to.escapePlain : to.escapeText]
    case 'rcdata':
      return [...query, predefined === 'html' ? to.escapePlain : to.escapeRcdata]
    case 'attr':
      return query
    case 'url':
    case 'cssUrl':
      return escapesOfUrl(context, shown, predefined)
    case 'cssDouble':
    case 'cssSingle':
      return context.urlPart === 'none' ? [checkedUrl, to.escapeCss] : [...query, to.escapeCss]
    case 'css':
      return [...query, to.filterCss]
    case 'js':
      return [...query, to.escapeJsValue]
    case 'jsDouble':
    case 'jsSingle':
      return [...query, to.escapeJsString]
    case 'attrName':
    case 'tag':
    case 'afterName':
      return [to.filterName]
    case 'htmlComment':
    case 'jsBlockComment':
    case 'jsLineComment':
    case 'cssBlockComment':
      return [nothing]
    case 'jsTemplate':
      throw new Error(`${shown} appears in a JS template literal`)
    case 'jsRegexp':
      throw new Error(`${shown} appears in a JS regular expression`)
    case 'unsafe':
      throw new Error(`${shown} appears in an attribute whose value cannot be escaped safely`)
    case 'beforeValue':
      throw new Error(`${shown} appears before an attribute value`)
    default:
      return context.state satisfies never
  }
}

function escapesOfUrl(context: Context, shown: string, predefined: Predefined): readonly Escape[] {
  const encode = predefined === 'urlquery' ? to.escapeQueryPlain : to.normalizeUrl
  switch (context.urlPart) {
    case 'none':
      return predefined === 'urlquery' ? [encode] : [checkedUrl, encode]
    case 'path':
      return [encode]
    case 'query':
      return [predefined === 'urlquery' ? encode : to.escapeUrl]
    case 'unknown':
      throw new Error(`${shown} appears in an ambiguous context within a URL`)
    default:
      return context.urlPart satisfies never
  }
}

/** The filter as an escape: what is marked as a safe address passes as its text. */
function checkedUrl(value: GoValue): string {
  return stringOf(to.filterUrl(value)) ?? ''
}

/** Nothing is written into a comment. */
function nothing(): string {
  return ''
}
