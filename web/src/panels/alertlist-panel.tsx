import { lazy, Suspense, useMemo } from 'react'
import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import { LoadingState } from '../shell/states.tsx'
import type { PanelProps } from './panel-props.ts'

const AlertList = lazy(async () => {
  const { AlertList: component } = await import('../pages/alerts/alert-list.tsx')
  return { default: component }
})

/** The alerts of the rules that its options name. */
export function AlertlistPanel({ panel, scope }: PanelProps) {
  const options = useMemo(
    () =>
      Object.fromEntries(
        Object.entries(panel.options).map(([name, value]) => [
          name,
          typeof value === 'string' ? interpolate(value, scope) : value,
        ]),
      ),
    [panel.options, scope],
  )
  return (
    <Suspense fallback={<LoadingState />}>
      <AlertList options={options} />
    </Suspense>
  )
}
