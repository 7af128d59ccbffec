import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { objectOf } from '../json-value.ts'
import { ClusterKit } from './testing/cluster-kit.ts'
import {
  COLLECTION,
  changed,
  ENDPOINTS,
  ENDPOINT_SLICE,
  SERVICE,
} from './testing/cluster-objects.ts'

let kit: ClusterKit

beforeEach(async () => {
  kit = await ClusterKit.start()
})

afterEach(() => kit.end())

const POD_LABELS = {
  namespace: 'shop',
  pod_name: 'web-5d4f8c7b9-x2x4z',
  pod_uid: '8f6f4c1e-6b5a-4f4b-9b1a-0f3f8f7f1a11',
  pod_ip: '10.244.1.7',
  pod_host_ip: '172.18.0.3',
  pod_node_name: 'worker-1',
  pod_phase: 'Running',
  pod_ready: 'true',
  pod_controller_kind: 'ReplicaSet',
  pod_controller_name: 'web-5d4f8c7b9',
  pod_label_app: 'web',
  pod_labelpresent_app: 'true',
  pod_label_app_kubernetes_io_name: 'web',
  pod_labelpresent_app_kubernetes_io_name: 'true',
  pod_annotation_prometheus_io_scrape: 'true',
  pod_annotationpresent_prometheus_io_scrape: 'true',
  pod_annotation_prometheus_io_port: '9102',
  pod_annotationpresent_prometheus_io_port: 'true',
}

const METRICS_PORT = {
  pod_container_name: 'web',
  pod_container_image: 'shop/web:1.4',
  pod_container_init: 'false',
  pod_container_port_name: 'metrics',
  pod_container_port_number: '9102',
  pod_container_port_protocol: 'TCP',
}

const HTTP_PORT = {
  ...METRICS_PORT,
  pod_container_port_name: 'http',
  pod_container_port_number: '8080',
}

const SERVICE_LABELS = {
  namespace: 'shop',
  service_name: 'web',
  service_label_app: 'web',
  service_labelpresent_app: 'true',
}

describe('the roles', () => {
  it('node: the kubelet at the first kind of address that there is', async () => {
    expect(await kit.targetsOf('role: node')).toEqual([
      {
        __address__: '172.18.0.3:10250',
        instance: 'worker-1',
        node_name: 'worker-1',
        node_provider_id: 'kind://docker/shop/worker-1',
        node_address_Hostname: 'worker-1',
        node_address_InternalIP: '172.18.0.3',
        node_condition_memorypressure: 'false',
        node_condition_ready: 'true',
        node_label_kubernetes_io_arch: 'amd64',
        node_labelpresent_kubernetes_io_arch: 'true',
        node_label_topology_kubernetes_io_zone: 'eu-1a',
        node_labelpresent_topology_kubernetes_io_zone: 'true',
        node_annotation_node_alpha_kubernetes_io_ttl: '0',
        node_annotationpresent_node_alpha_kubernetes_io_ttl: 'true',
      },
    ])
  })

  it('pod: each port of each container, and containers without ports', async () => {
    const targets = await kit.targetsOf('role: pod')
    expect(targets).toEqual([
      {
        ...POD_LABELS,
        ...HTTP_PORT,
        __address__: '10.244.1.7:8080',
        pod_container_id: 'containerd://aa11',
      },
      {
        ...POD_LABELS,
        ...METRICS_PORT,
        __address__: '10.244.1.7:9102',
        pod_container_id: 'containerd://aa11',
      },
      {
        ...POD_LABELS,
        __address__: '10.244.1.7',
        pod_container_name: 'sidecar',
        pod_container_image: 'shop/sidecar:2',
        pod_container_init: 'false',
        pod_container_id: 'containerd://bb22',
      },
      {
        ...POD_LABELS,
        __address__: '10.244.1.7',
        pod_container_name: 'migrate',
        pod_container_image: 'shop/migrate:1.4',
        pod_container_init: 'true',
        pod_container_id: 'containerd://cc33',
      },
    ])
  })

  it('service: each port, at the name within the cluster', async () => {
    kit.fake.put(COLLECTION.services, {
      metadata: { name: 'away', namespace: 'shop' },
      spec: { type: 'ExternalName', externalName: 'db.example', ports: [{ port: 5432 }] },
    })
    kit.fake.put(COLLECTION.services, {
      metadata: { name: 'front', namespace: 'shop' },
      spec: { type: 'LoadBalancer', clusterIP: '10.96.0.9', ports: [{ port: 443 }] },
      status: {
        loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'x' }, { ip: '::5' }] },
      },
    })
    const [web, away, front] = await kit.targetsOf('role: service')
    expect(web).toEqual({
      ...SERVICE_LABELS,
      __address__: 'web.shop.svc:80',
      service_cluster_ip: '10.96.0.20',
      service_type: 'ClusterIP',
      service_port_name: 'http',
      service_port_number: '80',
      service_port_protocol: 'TCP',
    })
    expect(away).toMatchObject({ service_external_name: 'db.example' })
    expect(away).not.toHaveProperty('service_cluster_ip')
    expect(front).toMatchObject({ service_loadbalancer_ip: '192.0.2.1,::5' })
  })

  it('endpoints: addresses with their pods, and the other ports of those', async () => {
    const common = { ...SERVICE_LABELS, endpoints_name: 'web', endpoints_label_app: 'web' }
    const present = { endpoints_labelpresent_app: 'true' }
    expect(await kit.targetsOf('role: endpoints')).toEqual([
      {
        ...{ ...common, ...present, ...POD_LABELS, ...HTTP_PORT },
        __address__: '10.244.1.7:8080',
        endpoint_port_name: 'http',
        endpoint_port_protocol: 'TCP',
        endpoint_ready: 'true',
        endpoint_node_name: 'worker-1',
        endpoint_address_target_kind: 'Pod',
        endpoint_address_target_name: 'web-5d4f8c7b9-x2x4z',
      },
      {
        ...{ ...common, ...present },
        __address__: '10.244.1.9:8080',
        endpoint_port_name: 'http',
        endpoint_port_protocol: 'TCP',
        endpoint_ready: 'false',
        endpoint_hostname: 'old',
      },
      { ...common, ...present, ...POD_LABELS, ...METRICS_PORT, __address__: '10.244.1.7:9102' },
    ])
  })

  it('endpointslice: the same, with what slices say', async () => {
    const common = {
      ...SERVICE_LABELS,
      endpointslice_name: 'web-abc12',
      endpointslice_address_type: 'IPv4',
      endpointslice_label_kubernetes_io_service_name: 'web',
      endpointslice_labelpresent_kubernetes_io_service_name: 'true',
    }
    expect(await kit.targetsOf('role: endpointslice')).toEqual([
      {
        ...{ ...common, ...POD_LABELS, ...HTTP_PORT },
        __address__: '10.244.1.7:8080',
        endpointslice_port: '8080',
        endpointslice_port_name: 'http',
        endpointslice_port_protocol: 'TCP',
        endpointslice_port_app_protocol: 'http',
        endpointslice_endpoint_conditions_ready: 'true',
        endpointslice_endpoint_conditions_serving: 'true',
        endpointslice_endpoint_conditions_terminating: 'false',
        endpointslice_endpoint_node_name: 'worker-1',
        endpointslice_endpoint_zone: 'eu-1a',
        endpointslice_address_target_kind: 'Pod',
        endpointslice_address_target_name: 'web-5d4f8c7b9-x2x4z',
      },
      { ...common, ...POD_LABELS, ...METRICS_PORT, __address__: '10.244.1.7:9102' },
    ])
  })

  it('endpointslice: not the second family of a service that has both', async () => {
    const families = { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'] }
    kit.fake.put(COLLECTION.services, changed(SERVICE, 'spec', families))
    kit.fake.put(COLLECTION.endpointSlices, {
      ...ENDPOINT_SLICE,
      addressType: 'IPv6',
      metadata: { ...objectOf(ENDPOINT_SLICE['metadata']), name: 'web-second' },
    })
    const targets = await kit.targetsOf('role: endpointslice')
    expect(new Set(targets.map((target) => target['endpointslice_name']))).toEqual(
      new Set(['web-abc12']),
    )
  })

  it('ingress: each path of each host', async () => {
    const common = { namespace: 'shop', ingress_name: 'shop', ingress_class_name: 'nginx' }
    const https = { __address__: 'www.shop.example', ingress_scheme: 'https' }
    expect(await kit.targetsOf('role: ingress')).toEqual([
      { ...common, ...https, ingress_host: 'www.shop.example', ingress_path: '/' },
      { ...common, ...https, ingress_host: 'www.shop.example', ingress_path: '/api' },
      {
        ...common,
        __address__: 'plain.example',
        ingress_scheme: 'http',
        ingress_host: 'plain.example',
        ingress_path: '/',
      },
    ])
  })
})

it('targets of endpoints without a service or pods have what endpoints say', async () => {
  kit.fake.put(COLLECTION.endpoints, {
    ...ENDPOINTS,
    metadata: { name: 'outside', namespace: 'shop' },
    subsets: [{ addresses: [{ ip: 'fd00::1' }], ports: [{ port: 9100, protocol: 'TCP' }] }],
  })
  const targets = await kit.targetsOf('role: endpoints')
  expect(targets.find((each) => each['endpoints_name'] === 'outside')).toEqual({
    __address__: '[fd00::1]:9100',
    namespace: 'shop',
    endpoints_name: 'outside',
    endpoint_port_protocol: 'TCP',
    endpoint_ready: 'true',
  })
})
