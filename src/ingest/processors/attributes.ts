import { readAttributeActions } from './attribute-actions.ts'
import { readIncludeExclude } from './match-properties.ts'
import { editing, SIGNALS, type ProcessorKind } from './processor.ts'

/** The processor `attributes`: actions on the attributes of spans, log records and data points. */
export const attributes: ProcessorKind = {
  name: 'attributes',
  signals: SIGNALS,
  read: (node) => {
    const map = node.asMap()
    if (map === undefined) return node.errorAtKey('needs actions')
    const actions = readAttributeActions(map.key('actions'))
    const isMeant = readIncludeExclude(map)
    map.finish()
    return editing((editor) => {
      for (let row = 0; row < editor.rows; row++) {
        if (isMeant?.(editor, row) === false) continue
        const attributesOfRow = editor.attributes.edit(row)
        for (const act of actions) act(attributesOfRow)
      }
    })
  },
}
