/** Where in an HTML document a piece of text stands. */
export type State =
  | 'text'
  | 'tag'
  | 'attrName'
  | 'afterName'
  | 'beforeValue'
  | 'htmlComment'
  | 'rcdata'
  | 'attr'
  | 'url'
  | 'unsafe'
  | 'js'
  | 'jsDouble'
  | 'jsSingle'
  | 'jsTemplate'
  | 'jsRegexp'
  | 'jsBlockComment'
  | 'jsLineComment'
  | 'css'
  | 'cssDouble'
  | 'cssSingle'
  | 'cssUrl'
  | 'cssBlockComment'

/** What ends the attribute value that the text stands in: a quote, or white space and `>`. */
export type Delimiter = 'none' | 'double' | 'single' | 'space'

/** The elements whose content is no markup. */
export type Element = 'none' | 'script' | 'style' | 'textarea' | 'title'

/** What an attribute's value is; `unsafe` are those that no escape makes safe. */
export type AttributeKind = 'attr' | 'url' | 'js' | 'css' | 'unsafe'

/** How far a URL has come: not begun, before `?` and `#`, behind one, or not to be told because branches differ. */
export type UrlPart = 'none' | 'path' | 'query' | 'unknown'

export interface Context {
  readonly state: State
  readonly delimiter: Delimiter
  readonly element: Element
  readonly attribute: AttributeKind
  readonly urlPart: UrlPart
  /** Whether a slash in JavaScript begins a regular expression or divides. */
  readonly slash: 'regexp' | 'divide' | 'unknown'
}

export const TEXT: Context = {
  state: 'text',
  delimiter: 'none',
  element: 'none',
  attribute: 'attr',
  urlPart: 'none',
  slash: 'regexp',
}

/** A name of a context: equal for equal ones. */
export function nameContext(context: Context): string {
  const { state, delimiter, element, attribute, urlPart, slash } = context
  return [state, delimiter, element, attribute, urlPart, slash].join('_')
}

/** The context of an action: what the state becomes where something is about to be written. */
export function nudge(context: Context): Context {
  switch (context.state) {
    case 'tag':
      return { ...context, state: 'attrName' }
    case 'beforeValue':
      return startValue(context, 'space')
    case 'afterName':
      return { ...context, state: 'attrName', attribute: 'attr' }
    default:
      return context
  }
}

/** The context at the beginning of an attribute's value. */
export function startValue(context: Context, delimiter: Delimiter): Context {
  const { attribute } = context
  return {
    ...context,
    state: attribute,
    delimiter,
    attribute: 'attr',
    urlPart: 'none',
    slash: 'regexp',
  }
}

/**
 * The one context behind two branches; undefined when they end in places that need different escapes. Branches of a URL and
 * of JavaScript may differ in what is not yet of importance.
 */
export function join(a: Context, b: Context): Context | undefined {
  if (nameContext(a) === nameContext(b)) return a
  const urlPart = a.urlPart === b.urlPart ? a.urlPart : 'unknown'
  const slash = a.slash === b.slash ? a.slash : 'unknown'
  const left = { ...a, urlPart, slash } as const
  if (nameContext(left) === nameContext({ ...b, urlPart, slash })) return left
  const nudgedA = nudge(a)
  const nudgedB = nudge(b)
  const isNudged =
    nameContext(nudgedA) !== nameContext(a) || nameContext(nudgedB) !== nameContext(b)
  return isNudged ? join(nudgedA, nudgedB) : undefined
}
