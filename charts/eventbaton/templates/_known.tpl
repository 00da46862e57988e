{{- define "eventbaton.defaultValues" -}}
global.imageRegistry: ""
global.imagePullSecrets: []
nameOverride: ""
fullnameOverride: ""
commonLabels: {}
commonAnnotations: {}
image.repository: "eventbaton"
image.tag: ""
image.digest: ""
image.pullPolicy: "IfNotPresent"
imagePullSecrets: []
workload: "DaemonSet"
replicaCount: 2
podDisruptionBudget.create: true
podDisruptionBudget.maxUnavailable: 1
collectEvents: true
leaderElection: true
leaderElectionResource: "lease"
leaderLeaseName: "datadog-leader-election"
tokenConfigMap.create: true
tokenConfigMap.name: "datadogtoken"
tokenConfigMap.labels: {}
tokenConfigMap.annotations: {"helm.sh/resource-policy":"keep","argocd.argoproj.io/sync-options":"Prune=false","kustomize.toolkit.fluxcd.io/ssa":"Merge","kustomize.toolkit.fluxcd.io/prune":"disabled"}
clusterName: ""
tags: []
fields: {}
watchNamespace: ""
startFrom: ""
drainTimeout: 10
logLevel: ""
healthPort: 5555
sinks: []
settingsFile.content: ""
settingsFile.existingConfigMap: ""
settingsFile.key: "eventbaton.yaml"
serviceAccount.create: true
serviceAccount.name: ""
serviceAccount.labels: {}
serviceAccount.annotations: {}
rbac.create: true
rbac.clusterScope: true
podLabels: {}
podAnnotations: {}
podSecurityContext: {"runAsNonRoot":true,"runAsUser":65532,"runAsGroup":65532,"fsGroup":65532,"seccompProfile":{"type":"RuntimeDefault"}}
securityContext: {"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"privileged":false,"readOnlyRootFilesystem":true,"runAsNonRoot":true}
resources: {"requests":{"cpu":"10m","memory":"80Mi"},"limits":{"memory":"192Mi"}}
nodeSelector: {"kubernetes.io/os":"linux"}
tolerations: []
affinity: {}
topologySpreadConstraints: []
priorityClassName: ""
updateStrategy: {}
hostNetwork: false
dnsPolicy: ""
dnsConfig: {}
hostAliases: []
livenessProbe.periodSeconds: 15
livenessProbe.timeoutSeconds: 5
livenessProbe.failureThreshold: 4
readinessProbe.periodSeconds: 10
readinessProbe.timeoutSeconds: 5
readinessProbe.failureThreshold: 3
startupProbe.enabled: false
startupProbe.periodSeconds: 10
startupProbe.timeoutSeconds: 5
startupProbe.failureThreshold: 30
extraEnv: []
extraEnvFrom: []
extraVolumes: []
extraVolumeMounts: []
extraInitContainers: []
extraContainers: []
podMonitor.enabled: false
podMonitor.labels: {}
podMonitor.interval: ""
podMonitor.scrapeTimeout: ""
podMonitor.relabelings: []
podMonitor.metricRelabelings: []
networkPolicy.enabled: false
networkPolicy.ingressFrom: []
networkPolicy.apiServerPorts: [443,6443]
networkPolicy.egress: []
extraObjects: []
{{- end }}

{{- define "eventbaton.severalNamespaces" -}}
[,;|*?[\]{}]|\S\s+\S
{{- end }}

{{- define "eventbaton.oneNamespaceOnly" -}}
must be one namespace, not a list or a pattern: a collector has one watch and one token, which a quiet namespace would hold back; run one release or EventCollector for each namespace, and give those that run in the same namespace a lock and a token each
{{- end }}
