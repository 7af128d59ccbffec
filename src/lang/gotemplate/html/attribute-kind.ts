import type { AttributeKind } from './context.ts'

/** Attributes of HTML whose value is an address. */
const URLS: ReadonlySet<string> = new Set([
  'action',
  'archive',
  'background',
  'cite',
  'classid',
  'codebase',
  'data',
  'formaction',
  'href',
  'icon',
  'longdesc',
  'manifest',
  'poster',
  'profile',
  'src',
  'usemap',
  'xmlns',
])

/** `srcdoc` is a document within a value and `srcset` a list of addresses: nothing is written into them. */
const UNSAFE: ReadonlySet<string> = new Set(['srcdoc', 'srcset', 'imagesrcset'])

/** What the value of an attribute is, by its name; unknown names are judged as html/template does, on the safe side. */
export function kindOfAttribute(name: string): AttributeKind {
  let plain = name.toLowerCase()
  if (plain.startsWith('data-')) plain = plain.slice(5)
  else {
    const colon = plain.indexOf(':')
    if (plain.slice(0, colon) === 'xmlns') return 'url'
    if (colon >= 0) plain = plain.slice(colon + 1)
  }
  if (URLS.has(plain)) return 'url'
  if (UNSAFE.has(plain)) return 'unsafe'
  if (plain === 'style') return 'css'
  if (plain.startsWith('on')) return 'js'
  return /src|uri|url/.test(plain) ? 'url' : 'attr'
}

/**
 * The attributes that a template may name at run time: plain ones of a document's layout. Any other name could turn its value
 * into an address, a script or a form's target.
 */
const NAMEABLE: ReadonlySet<string> = new Set([
  'abbr',
  'align',
  'alt',
  'bgcolor',
  'border',
  'cellpadding',
  'cellspacing',
  'checked',
  'class',
  'color',
  'cols',
  'colspan',
  'dir',
  'disabled',
  'face',
  'headers',
  'height',
  'hidden',
  'hspace',
  'id',
  'label',
  'lang',
  'name',
  'nowrap',
  'readonly',
  'rows',
  'rowspan',
  'scope',
  'selected',
  'size',
  'span',
  'start',
  'summary',
  'tabindex',
  'title',
  'valign',
  'value',
  'vspace',
  'width',
])

/** Whether a name that data gave may stand as the name of an attribute. */
export function isNameable(name: string): boolean {
  return NAMEABLE.has(name.toLowerCase())
}
