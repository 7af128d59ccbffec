import { readAttributeActions } from './attribute-actions.ts'
import { editing, SIGNALS, type ProcessorKind } from './processor.ts'

/** The processor `resource`: actions on the attributes of every resource. */
export const resource: ProcessorKind = {
  name: 'resource',
  signals: SIGNALS,
  read: (node) => {
    const map = node.asMap()
    if (map === undefined) return node.errorAtKey('needs attributes: a list of actions')
    const actions = readAttributeActions(map.key('attributes'))
    map.finish()
    return editing(({ resources }) =>
      resources.editEach((attributes) => {
        for (const act of actions) act(attributes)
      }),
    )
  },
}
