import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { projectRoot } from '../../../test/house/read-sources.ts'
import { DEFAULT_DENY } from './kubernetes-section.ts'
import { matcherOf } from './shown-labels.ts'
import { STATE_KINDS } from './state-kinds.ts'

const PAGE = path.join(projectRoot, 'docs/collect/kubernetes.md')
const START =
  '<!-- What follows is made from the code: vitest run src/collect/kube-state/docs.test.ts --update -->\n'

it('is documented family by family', async () => {
  const isDenied = matcherOf(DEFAULT_DENY)
  const rows = STATE_KINDS.flatMap(({ resource, families }) =>
    families.map(
      ({ name, type, help }) =>
        `| \`${resource}\` | \`${name}\` | ${type} | ${isDenied(name) ? 'no' : ''} | ${help} |`,
    ),
  )
  const table = ['| resource | metric | type | default | |', '|---|---|---|---|---|', ...rows]
  const [intro] = readFileSync(PAGE, 'utf8').split(START)
  await expect(`${intro}${START}\n${table.join('\n')}\n`).toMatchFileSnapshot(PAGE)
})

/** Those that the rules and dashboards of kube-prometheus (kubernetes-mixin of August 2026) ask for, but for Windows. */
const ASKED_FOR = [
  ...['kube_pod_owner', 'kube_pod_container_resource_requests', 'kube_pod_info'],
  ...['kube_node_status_allocatable', 'kube_resourcequota', 'kube_pod_container_resource_limits'],
  ...['kube_pod_status_phase', 'kube_persistentvolumeclaim_access_mode', 'kube_node_role'],
  ...['kube_node_info', 'kube_replicaset_owner', 'kube_node_status_condition'],
  ...['kube_node_spec_unschedulable', 'kube_horizontalpodautoscaler_status_current_replicas'],
  ...['kube_persistentvolumeclaim_labels', 'kube_daemonset_status_desired_number_scheduled'],
  ...['kube_pod_status_ready', 'kube_job_owner', 'kube_horizontalpodautoscaler_spec_max_replicas'],
  ...['kube_statefulset_status_replicas_updated', 'kube_pod_container_info'],
  ...['kube_node_status_capacity', 'kube_horizontalpodautoscaler_spec_min_replicas'],
  ...['kube_daemonset_status_updated_number_scheduled'],
  ...[
    'kube_daemonset_status_number_misscheduled',
    'kube_daemonset_status_current_number_scheduled',
  ],
  ...['kube_statefulset_replicas', 'kube_daemonset_status_number_available'],
  ...['kube_statefulset_status_replicas_ready', 'kube_pod_container_status_waiting_reason'],
  ...['kube_job_status_start_time', 'kube_job_status_active', 'kube_pod_status_reason'],
  ...['kube_statefulset_status_update_revision', 'kube_statefulset_status_replicas'],
  ...['kube_statefulset_status_current_revision', 'kube_node_spec_taint', 'kube_job_failed'],
  ...['kube_poddisruptionbudget_status_desired_healthy'],
  ...['kube_poddisruptionbudget_status_current_healthy', 'kube_deployment_status_condition'],
  ...['kube_statefulset_status_observed_generation', 'kube_statefulset_metadata_generation'],
  ...['kube_pod_labels', 'kube_persistentvolume_status_phase', 'kube_namespace_status_phase'],
  ...['kube_horizontalpodautoscaler_status_desired_replicas', 'kube_deployment_spec_replicas'],
  ...['kube_deployment_status_replicas_updated', 'kube_deployment_status_replicas_available'],
  ...['kube_deployment_status_observed_generation', 'kube_deployment_metadata_generation'],
  ...['kube_pod_container_status_restarts_total', 'kube_pod_container_status_running'],
  ...['kube_pod_container_status_terminated', 'kube_pod_completion_time'],
  ...[
    'kube_pod_status_scheduled',
    'kube_pod_restart_policy',
    'kube_replicaset_metadata_generation',
  ],
]

it('has every metric that kube-prometheus asks for, and no name twice', () => {
  const names = STATE_KINDS.flatMap(({ families }) => families.map(({ name }) => name))
  expect(ASKED_FOR.filter((name) => !names.includes(name))).toEqual([])
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})
