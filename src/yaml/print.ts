import { Document, isSeq, visit } from 'yaml'

/**
 * Writes a plain value (or one that has a `toJSON`, such as a `Secret`) as YAML that the Go programs read: words that
 * YAML 1.1 takes for booleans and numbers are quoted, lists are not indented, lines are not folded. Lists under one of
 * `flowKeys` stand on one line.
 */
export function printYaml(value: unknown, flowKeys: ReadonlySet<string> = new Set()): string {
  const document = new Document(value, { version: '1.1', aliasDuplicateObjects: false })
  visit(document, {
    Pair: (_, pair) => {
      if (isSeq(pair.value) && flowKeys.has(String(pair.key))) pair.value.flow = true
    },
  })
  return document.toString({
    lineWidth: 0,
    indentSeq: false,
    directives: false,
    flowCollectionPadding: false,
  })
}
