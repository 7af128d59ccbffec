import path from 'node:path'
import type { YamlNode } from '../../yaml/node.ts'
import type { Written } from './compose-service.ts'
import { interpolate, type Environment } from './interpolate.ts'
import { splitWords } from './split-words.ts'

/** Reads values of one compose file: variables are replaced, and each remembers where it stands. */
export class ComposeReader {
  /** That relative paths start from, absolute. */
  readonly folder: string
  readonly env: Environment

  constructor(folder: string, env: Environment) {
    this.folder = folder
    this.env = env
  }

  /** As notes show it. */
  placeOf(node: YamlNode): string {
    return `${path.basename(node.file)}:${node.keyLine}`
  }

  /** '' for nothing, and for what is no single value. A variable that has to be set and is not is an error there. */
  replaced(node: YamlNode | undefined): string {
    if (node === undefined || !node.isScalar) return ''
    return this.replace(node.asRawString() ?? '', node)
  }

  replace(text: string, node: YamlNode): string {
    return interpolate(text, this.env, (name, message) => {
      const why = message === '' ? '' : `: ${message}`
      node.error(`the variable ${name} has to be set${why}`)
    })
  }

  /** The items of a list; none of what is no list. */
  itemsOf(node: YamlNode | undefined): readonly YamlNode[] {
    if (node === undefined || node.isEmpty || node.isMap || node.isScalar) return []
    return node.asList() ?? []
  }

  /** A text, or a list of them. */
  texts(node: YamlNode | undefined): readonly string[] {
    if (node?.isScalar === true) return [this.replaced(node)]
    return this.itemsOf(node).map((each) => this.replaced(each))
  }

  /** A list of words, or a line as a shell would split it; undefined where nothing is said. */
  words(node: YamlNode | undefined): readonly Written[] | undefined {
    if (node === undefined || !node.isPresent) return undefined
    if (node.isScalar) {
      const place = this.placeOf(node)
      return splitWords(this.replaced(node)).map((text) => ({ text, place }))
    }
    return this.itemsOf(node).map((each) => ({
      text: this.replaced(each),
      place: this.placeOf(each),
    }))
  }

  /**
   * `{NAME: value}` or `[NAME=value]`, with variables left in the values. A name alone is taken from the environment.
   */
  pairs(node: YamlNode | undefined): ReadonlyMap<string, Written> {
    const out = new Map<string, Written>()
    if (node === undefined || node.isEmpty) return out
    if (node.isMap) {
      for (const each of node.asMap()?.entries() ?? []) {
        const text = each.isEmpty ? `\${${each.name}}` : (each.asRawString() ?? '')
        this.replace(text, each)
        out.set(each.name, { text, place: this.placeOf(each) })
      }
      return out
    }
    for (const each of node.asList() ?? []) {
      const text = each.asRawString() ?? ''
      this.replace(text, each)
      const at = text.indexOf('=')
      const name = at < 0 ? text : text.slice(0, at)
      const value = at < 0 ? `\${${text}}` : text.slice(at + 1)
      out.set(name, { text: value, place: this.placeOf(each) })
    }
    return out
  }
}
