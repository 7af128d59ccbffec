import type { YamlMap } from '../../../yaml/map.ts'

/** Warns about the keys of a mapping that are understood and do nothing here; whatever stands behind them is not looked at. */
export function warnWithoutEffect(map: YamlMap, names: readonly string[], reason = ''): void {
  for (const name of names) {
    const node = map.key(name)
    if (node.isPresent) node.warnAtKey(`has no effect here${reason === '' ? '' : `: ${reason}`}`)
  }
}
