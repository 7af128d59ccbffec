import { createContext, use } from 'react'
import type { Datasource } from '../../../src/lang/dashboard/datasource.ts'
import type { AdhocFilter, Dashboard, Panel } from '../../../src/lang/dashboard/model.ts'
import type { Scope } from '../../../src/lang/dashboard/scope.ts'
import type { ResolvedRange } from '../time/time-range.ts'
import type { TimeZone } from '../time/zone.ts'
import type { AnnotationLayer } from './use-annotations.ts'

/** What the panels of a page share. */
export interface PageModel {
  readonly dashboard: Dashboard
  readonly scope: Scope
  readonly range: ResolvedRange
  readonly zone: TimeZone
  readonly filters: readonly AdhocFilter[]
  readonly datasources: readonly Datasource[]
  readonly annotations: readonly AnnotationLayer[]
  /** False until the variables are known. */
  readonly isReady: boolean
  readonly findPanel: (id: number) => Panel | undefined
  readonly onZoom: (fromMs: number, toMs: number) => void
  /** Shows one panel alone, by its key; undefined shows all. */
  readonly onView: (key: string | undefined) => void
}

export const PageContext = createContext<PageModel | undefined>(undefined)

export function usePage(): PageModel {
  const model = use(PageContext)
  if (!model) throw new Error('usePage belongs below a dashboard page')
  return model
}
