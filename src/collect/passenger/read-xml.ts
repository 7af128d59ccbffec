import { SaxesParser } from 'saxes'

/** What cannot be read; the message says where. */
export class XmlFault extends Error {
  override readonly name = 'XmlFault'
}

/** An element without its attributes. */
export interface XmlElement {
  readonly name: string
  /** What stands directly in it. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

interface Draft {
  readonly name: string
  text: string
  readonly children: Draft[]
}

/** No program's status is deeper. */
const MAX_DEPTH = 64

/**
 * Reads a document into a tree. Throws an `XmlFault` for what is not well-formed, is nested too deep, or declares a document type:
 * entities of one's own are the way to make a small document a huge one.
 */
export function readXml(text: string): XmlElement {
  const parser = new SaxesParser()
  const open: Draft[] = []
  let root: Draft | undefined
  parser.on('error', (fault) => {
    throw new XmlFault(fault.message)
  })
  parser.on('doctype', () => {
    throw new XmlFault('a document type is not taken')
  })
  parser.on('opentag', ({ name }) => {
    const draft: Draft = { name, text: '', children: [] }
    if (open.length >= MAX_DEPTH) throw new XmlFault(`nested deeper than ${MAX_DEPTH} elements`)
    root ??= draft
    open.at(-1)?.children.push(draft)
    open.push(draft)
  })
  parser.on('closetag', () => void open.pop())
  parser.on('text', (part) => {
    const innermost = open.at(-1)
    if (innermost !== undefined) innermost.text += part
  })
  parser.write(text).close()
  if (root === undefined) throw new XmlFault('there is no element')
  return root
}
