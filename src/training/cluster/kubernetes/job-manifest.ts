import { exitCodes } from '../../../base/exit-codes';
import type { ClusterFile } from '../launch/cluster-file';

export interface JobManifestOptions {
  /** Of the Job, its Service and its ConfigMap: a DNS label. */
  readonly name: string;
  readonly namespace: string;
  /** Container image with this product and its engine. */
  readonly image: string;
  readonly ranks: number;
  readonly port: number;
  /** PersistentVolumeClaim with dataset and runs, and where it is mounted. */
  readonly claim: string;
  readonly mount: string;
  /** Cores and memory of each rank, as Kubernetes writes them. */
  readonly cpus: number;
  readonly memory: string;
  /** What follows `mobilefacenet train`, without the cluster. */
  readonly trainOptions: readonly string[];
}

/** Exit codes of the command line that a restart does not mend. */
const hopelessExitCodes: readonly number[] = [exitCodes.failed, exitCodes.wrongUsage];
/** Losses for which a rank's pod is made again. */
const restartsPerRank = 6;
/** Until the scheduler has found room for all pods. */
const startTimeoutSeconds = 1800;
/** Enough for a checkpoint. */
const terminationSeconds = 60;
const configFolder = '/etc/mobilefacenet';
const clusterFileName = 'cluster.json';

/**
 * An Indexed Job with a pod for each rank, the headless Service that gives the pods their names, the cluster file, and a NetworkPolicy that lets only these
 * pods reach each other at the port: TensorFlow itself asks nobody who he is. As a List, which `kubectl apply -f` takes.
 */
export function jobManifest(options: JobManifestOptions): Record<string, unknown> {
  const { name, namespace } = options;
  const labels = { 'app.kubernetes.io/name': 'mobilefacenet', 'app.kubernetes.io/instance': name };
  const metadata = { name, namespace, labels };
  const ports = [{ protocol: 'TCP', port: options.port }];
  return {
    apiVersion: 'v1', kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [clusterFileName]: `${JSON.stringify(clusterOf(options), null, 2)}\n` } },
      {
        apiVersion: 'v1', kind: 'Service', metadata,
        spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector: labels, ports: [{ name: 'grpc', ...ports[0] }] },
      },
      {
        apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata,
        spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: labels } }], ports }] },
      },
      { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { ...jobSpec(options), template: { metadata: { labels }, spec: podSpec(options) } } },
    ],
  };
}

/** Names of the pods, as an Indexed Job with a Service gives them. */
function clusterOf({ name, namespace, ranks, port }: JobManifestOptions): Partial<ClusterFile> {
  return { version: 1, ranks: Array.from({ length: ranks }, (_, rank) => ({ address: `${name}-${rank}.${name}.${namespace}.svc:${port}` })), startTimeoutSeconds };
}

function jobSpec({ ranks }: JobManifestOptions): Record<string, unknown> {
  return {
    completionMode: 'Indexed', completions: ranks, parallelism: ranks, backoffLimit: restartsPerRank * ranks,
    podFailurePolicy: {
      rules: [
        { action: 'FailJob', onExitCodes: { containerName: 'rank', operator: 'In', values: hopelessExitCodes } },
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      ],
    },
  };
}

function podSpec({ name, image, port, claim, mount, cpus, memory, trainOptions }: JobManifestOptions): Record<string, unknown> {
  const resources = { cpu: String(cpus), memory };
  return {
    subdomain: name, restartPolicy: 'Never', terminationGracePeriodSeconds: terminationSeconds, automountServiceAccountToken: false,
    containers: [{
      name: 'rank', image,
      command: ['mobilefacenet', 'train', ...trainOptions, '--cluster', `${configFolder}/${clusterFileName}`, '--rank', '$(JOB_COMPLETION_INDEX)'],
      ports: [{ name: 'grpc', containerPort: port }],
      resources: { requests: resources, limits: resources },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      volumeMounts: [{ name: 'storage', mountPath: mount }, { name: 'cluster', mountPath: configFolder, readOnly: true }],
    }],
    volumes: [{ name: 'storage', persistentVolumeClaim: { claimName: claim } }, { name: 'cluster', configMap: { name } }],
  };
}
