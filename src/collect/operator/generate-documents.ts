import { objectsOf } from '../discovery/json-value.ts'
import { messageOf } from '../../model/problem.ts'
import { alertmanagerDocument } from './alertmanager-object.ts'
import type { JobText, MonitorOptions } from './monitor-settings.ts'
import { OperatorFault, type OperatorObject } from './operator-object.ts'
import { podMonitorJobs } from './pod-monitor.ts'
import { probeJobs } from './probe.ts'
import { scrapeConfigJobs } from './scrape-config-object.ts'
import { serviceMonitorJobs } from './service-monitor.ts'

/** What an object becomes, as plain values in the shape of the original programs' files. */
export type OperatorDocument =
  | { readonly kind: 'jobs'; readonly jobs: readonly JobText[] }
  /** `{groups: […]}`, a rule file. */
  | { readonly kind: 'rules'; readonly file: Readonly<Record<string, unknown>> }
  /** An alertmanager.yml (`alertmanager-object.ts`). */
  | { readonly kind: 'alertmanager'; readonly file: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly reason: string }

/** Makes the document of one object; one that cannot be used is refused with the reason. */
export function documentOf(
  object: OperatorObject,
  options: Omit<MonitorOptions, 'namespace'>,
): OperatorDocument {
  const own = { ...options, namespace: object.namespace }
  try {
    switch (object.kind) {
      case 'ServiceMonitor':
        return { kind: 'jobs', jobs: serviceMonitorJobs(object, own) }
      case 'PodMonitor':
        return { kind: 'jobs', jobs: podMonitorJobs(object, own) }
      case 'Probe':
        return { kind: 'jobs', jobs: probeJobs(object, own) }
      case 'ScrapeConfig':
        return { kind: 'jobs', jobs: scrapeConfigJobs(object, own) }
      case 'PrometheusRule':
        return { kind: 'rules', file: { groups: objectsOf(object.spec['groups']).map(groupOf) } }
      case 'AlertmanagerConfig':
        return { kind: 'alertmanager', file: alertmanagerDocument(object, own) }
      default:
        return object.kind satisfies never
    }
  } catch (thrown) {
    if (!(thrown instanceof OperatorFault)) throw thrown
    return { kind: 'refused', reason: messageOf(thrown) }
  }
}

/** A group without what only Thanos reads. */
function groupOf(group: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(group).filter(([key]) => key !== 'partial_response_strategy'),
  )
}
