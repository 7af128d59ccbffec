import { renamedPanelTypes } from '../../lang/dashboard/migrate-panel.ts'
import { panelTypes } from '../../lang/dashboard/supported.ts'

/** What becomes of the plugins that Grafana was told to install. */
export interface JudgedPlugins {
  /** Their panels are drawn here by themselves. */
  readonly drawn: readonly string[]
  readonly missing: readonly string[]
}

/** Reads `ID[ VERSION], URL;ID, …` of `GF_INSTALL_PLUGINS`. */
export function judgePlugins(text: string): JudgedPlugins {
  const names = text
    .split(',')
    .map((each) => (each.split(';').at(-1) ?? '').trim().split(/[ @]/, 1)[0] ?? '')
    .filter((name) => name !== '')
  return { drawn: names.filter(isDrawn), missing: names.filter((name) => !isDrawn(name)) }
}

/** Whether panels of a plugin, by its id, are drawn here. */
function isDrawn(plugin: string): boolean {
  const type = renamedPanelTypes[plugin]
  return type !== undefined && (panelTypes.has(type) || type === 'singlestat')
}
