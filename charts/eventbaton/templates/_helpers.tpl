{{/*
Every file begins with this, because no file is certain to be rendered first. It gives each value that is absent or null its default, and
drops what is null within values: Helm removes a default that is overridden with null, and keeps other nulls. Then it refuses values that
contradict each other, all at once.
*/}}
{{- define "eventbaton.readValues" -}}
{{- range $path, $default := include "eventbaton.defaultValues" . | fromYaml }}
{{- $names := splitList "." $path }}
{{- $members := $.Values }}
{{- range initial $names }}
{{- if not (kindIs "map" (index $members .)) }}
{{- $_ := set $members . dict }}
{{- end }}
{{- $members = index $members . }}
{{- end }}
{{- if kindIs "invalid" (index $members (last $names)) }}
{{- $_ := set $members (last $names) $default }}
{{- end }}
{{- end }}
{{- include "eventbaton.dropNulls" (omit .Values "global" "extraObjects") }}
{{- with include "eventbaton.problems" . | fromJsonArray }}
{{- fail (printf "values cannot be used:\n  %s" (join "\n  " .)) }}
{{- end }}
{{- end }}

{{/*
What is wrong with values together, which a schema could not explain, as a JSON list of sentences.
*/}}
{{- define "eventbaton.problems" -}}
{{- $problems := list }}
{{- if or (kindIs "slice" .Values.watchNamespace) (regexMatch (include "eventbaton.severalNamespaces" .) (toString .Values.watchNamespace)) }}
{{- $problems = append $problems (printf "watchNamespace: %s" (include "eventbaton.oneNamespaceOnly" .)) }}
{{- end }}
{{- if not (or .Values.rbac.clusterScope .Values.watchNamespace) }}
{{- $problems = append $problems "rbac.clusterScope: only a ClusterRole lets collectors read the Events of all namespaces; set watchNamespace, or leave rbac.clusterScope out" }}
{{- end }}
{{- range .Values.sinks }}
{{- if eq .type "http" }}
{{- $sink := default "http" .name }}
{{- if and $.Values.networkPolicy.enabled (not (include "eventbaton.portOfSink" .)) }}
{{- $problems = append $problems (printf "sinks: the %s of sink %s is a secret: set port, so that the NetworkPolicy can let out to it" (ternary "proxy" "url" (kindIs "map" .proxy)) $sink) }}
{{- end }}
{{- if ne (empty .cert) (empty .key) }}
{{- $problems = append $problems (printf "sinks: cert and key of sink %s must be set together: neither is of use without the other" $sink) }}
{{- end }}
{{- if and .basic (has "authorization" (splitList "," (keys (default dict .headers) | join "," | lower))) }}
{{- $problems = append $problems (printf "sinks: basic of sink %s must not be set next to a header Authorization: both are the same header" $sink) }}
{{- end }}
{{- end }}
{{- end }}
{{- toJson $problems }}
{{- end }}

{{- define "eventbaton.dropNulls" -}}
{{- range $key, $value := . }}
{{- if kindIs "invalid" $value }}
{{- if kindIs "map" $ }}
{{- $_ := unset $ $key }}
{{- end }}
{{- else if or (kindIs "map" $value) (kindIs "slice" $value) }}
{{- include "eventbaton.dropNulls" $value }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Expand the name of the chart.
*/}}
{{- define "eventbaton.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
Name of all objects: the release's where it says the chart's name already.
*/}}
{{- define "eventbaton.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "eventbaton.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "eventbaton.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "eventbaton.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "eventbaton.image" -}}
{{- $repository := .Values.image.repository }}
{{- with .Values.global.imageRegistry | trimSuffix "/" }}
{{- if not (hasPrefix (printf "%s/" .) $repository) }}
{{- $repository = printf "%s/%s" . $repository }}
{{- end }}
{{- end }}
{{- printf "%s:%s" $repository (default (.Chart.AppVersion | replace "+" "_") .Values.image.tag) }}
{{- with .Values.image.digest }}@{{ . }}{{- end }}
{{- end }}

{{/*
Each pull secret once, those of all charts first, as a JSON list.
*/}}
{{- define "eventbaton.imagePullSecrets" -}}
{{- $names := list }}
{{- range concat .Values.global.imagePullSecrets .Values.imagePullSecrets }}
{{- if kindIs "map" . }}
{{- $names = append $names .name }}
{{- else }}
{{- $names = append $names . }}
{{- end }}
{{- end }}
{{- $secrets := list }}
{{- range uniq $names }}
{{- $secrets = append $secrets (dict "name" .) }}
{{- end }}
{{- toJson $secrets }}
{{- end }}

{{/*
Names of the variables that replace the chart's own, as a JSON list.
*/}}
{{- define "eventbaton.extraEnvNames" -}}
{{- $names := list }}
{{- range .Values.extraEnv }}
{{- $names = append $names .name }}
{{- end }}
{{- toJson $names }}
{{- end }}

{{/*
The variables that users add, as a JSON list: options of Node are joined with the chart's own, which come first.
*/}}
{{- define "eventbaton.extraEnv" -}}
{{- $variables := list }}
{{- range .Values.extraEnv }}
{{- if eq .name "NODE_OPTIONS" }}
{{- $value := printf "--max-semi-space-size=4 %s" (default "" .value) | trim }}
{{- $variables = append $variables (merge (dict "value" $value) .) }}
{{- else }}
{{- $variables = append $variables . }}
{{- end }}
{{- end }}
{{- toJson $variables }}
{{- end }}

{{/*
The sinks as the collector reads them, as JSON: a secretRef or configMapRef has become the path of the mounted file.
*/}}
{{- define "eventbaton.sinks" -}}
{{- (include "eventbaton.withFiles" (dict "value" .Values.sinks) | fromJson).value | toRawJson }}
{{- end }}

{{- define "eventbaton.withFiles" -}}
{{- $value := .value }}
{{- if kindIs "map" .value }}
{{- $value = dict }}
{{- $secret := get .value "secretRef" }}
{{- $configMap := get .value "configMapRef" }}
{{- if kindIs "map" $secret }}
{{- $value = merge (dict "file" (printf "/etc/eventbaton/secrets/%s/%s" $secret.name $secret.key)) (omit .value "secretRef") }}
{{- else if kindIs "map" $configMap }}
{{- $value = merge (dict "file" (printf "/etc/eventbaton/config-maps/%s/%s" $configMap.name $configMap.key)) (omit .value "configMapRef") }}
{{- else }}
{{- range $key, $part := .value }}
{{- $_ := set $value $key (include "eventbaton.withFiles" (dict "value" $part) | fromJson).value }}
{{- end }}
{{- end }}
{{- else if kindIs "slice" .value }}
{{- $value = list }}
{{- range .value }}
{{- $value = append $value (include "eventbaton.withFiles" (dict "value" .) | fromJson).value }}
{{- end }}
{{- end }}
{{- dict "value" $value | toRawJson }}
{{- end }}

{{/*
Each key of a Secret, or of a ConfigMap, that the sinks name, once, as a JSON list of name and key. Takes the name of the reference and the sinks.
*/}}
{{- define "eventbaton.mountedKeys" -}}
{{- $keys := list }}
{{- range (include "eventbaton.keyPaths" . | fromJsonArray) | uniq | sortAlpha }}
{{- $parts := splitn "/" 2 . }}
{{- $keys = append $keys (dict "name" $parts._0 "key" $parts._1) }}
{{- end }}
{{- toJson $keys }}
{{- end }}

{{- define "eventbaton.keyPaths" -}}
{{- $ref := first . }}
{{- $value := last . }}
{{- $paths := list }}
{{- if kindIs "map" $value }}
{{- $key := get $value $ref }}
{{- if kindIs "map" $key }}
{{- $paths = append $paths (printf "%s/%s" $key.name $key.key) }}
{{- else }}
{{- range $value }}
{{- $paths = concat $paths (include "eventbaton.keyPaths" (list $ref .) | fromJsonArray) }}
{{- end }}
{{- end }}
{{- else if kindIs "slice" $value }}
{{- range $value }}
{{- $paths = concat $paths (include "eventbaton.keyPaths" (list $ref .) | fromJsonArray) }}
{{- end }}
{{- end }}
{{- toJson $paths }}
{{- end }}

{{/*
Ports of the API server, of all http sinks and of proxies, each once, as a JSON list. Padded, so that they are in order as text, too.
*/}}
{{- define "eventbaton.portsOut" -}}
{{- $texts := list }}
{{- range .Values.networkPolicy.apiServerPorts }}
{{- $texts = append $texts (printf "%05d" (int64 .)) }}
{{- end }}
{{- $byEnvironment := false }}
{{- range .Values.sinks }}
{{- if eq .type "http" }}
{{- with include "eventbaton.portOfSink" . }}
{{- $texts = append $texts (printf "%05d" (atoi .)) }}
{{- end }}
{{- $byEnvironment = or $byEnvironment (not .proxy) }}
{{- end }}
{{- end }}
{{- range ternary .Values.extraEnv list $byEnvironment }}
{{- if and (has .name (list "HTTP_PROXY" "HTTPS_PROXY" "http_proxy" "https_proxy")) (kindIs "string" .value) }}
{{- $url := ternary .value (printf "http://%s" .value) (contains "://" .value) }}
{{- if regexMatch "(?i)^http://." $url }}
{{- $texts = append $texts (printf "%05d" (atoi (include "eventbaton.portOf" $url))) }}
{{- end }}
{{- end }}
{{- end }}
{{- $ports := list }}
{{- range $texts | uniq | sortAlpha }}
{{- $ports = append $ports (dict "port" (atoi .)) }}
{{- end }}
{{- toJson $ports }}
{{- end }}

{{/*
Port that an http sink is reached by: nothing where only a secret says it.
*/}}
{{- define "eventbaton.portOfSink" -}}
{{- $next := .url }}
{{- if .proxy }}
{{- if not (and (kindIs "string" .proxy) (eq (toString .proxy) "none")) }}
{{- $next = .proxy }}
{{- end }}
{{- end }}
{{- if .port }}
{{- int64 .port }}
{{- else if kindIs "string" $next }}
{{- include "eventbaton.portOf" $next }}
{{- end }}
{{- end }}

{{- define "eventbaton.portOf" -}}
{{- $port := regexReplaceAll "(?is)^https?://[^/?#]*?(?::([0-9]{1,5}))?(?:[/?#].*)?$" . "${1}" }}
{{- default (ternary "80" "443" (hasPrefix "http:" (lower .))) $port }}
{{- end }}

{{- define "eventbaton.selectorLabels" -}}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/name: {{ include "eventbaton.name" . | quote }}
{{- end }}

{{- define "eventbaton.labels" -}}
{{ include "eventbaton.selectorLabels" . }}
app.kubernetes.io/component: collector
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | replace "+" "_" | quote }}
helm.sh/chart: {{ include "eventbaton.chart" . | quote }}
{{- end }}

{{- define "eventbaton.env" -}}
{{- $extraEnv := include "eventbaton.extraEnvNames" . | fromJsonArray }}
{{- if not (has "DD_COLLECT_KUBERNETES_EVENTS" $extraEnv) }}
- name: DD_COLLECT_KUBERNETES_EVENTS
  value: {{ toJson .Values.collectEvents | quote }}
{{- end }}
{{- if not (has "DD_LEADER_ELECTION" $extraEnv) }}
- name: DD_LEADER_ELECTION
  value: {{ toJson .Values.leaderElection | quote }}
{{- end }}
{{- if and (not (kindIs "invalid" .Values.leaderLeaseDuration)) (not (has "DD_LEADER_LEASE_DURATION" $extraEnv)) }}
- name: DD_LEADER_LEASE_DURATION
  value: {{ toJson .Values.leaderLeaseDuration | quote }}
{{- end }}
{{- if not (has "DD_LEADER_LEASE_NAME" $extraEnv) }}
- name: DD_LEADER_LEASE_NAME
  value: {{ .Values.leaderLeaseName | replace "$" "$$" | quote }}
{{- end }}
{{- if not (has "DD_LEADER_ELECTION_DEFAULT_RESOURCE" $extraEnv) }}
- name: DD_LEADER_ELECTION_DEFAULT_RESOURCE
  value: {{ .Values.leaderElectionResource | replace "$" "$$" | quote }}
{{- end }}
{{- if not (has "DD_CLUSTER_AGENT_TOKEN_NAME" $extraEnv) }}
- name: DD_CLUSTER_AGENT_TOKEN_NAME
  value: {{ .Values.tokenConfigMap.name | replace "$" "$$" | quote }}
{{- end }}
{{- if not (has "DD_KUBE_RESOURCES_NAMESPACE" $extraEnv) }}
- name: DD_KUBE_RESOURCES_NAMESPACE
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: metadata.namespace
{{- end }}
{{- if and .Values.clusterName (not (has "DD_CLUSTER_NAME" $extraEnv)) }}
- name: DD_CLUSTER_NAME
  value: {{ .Values.clusterName | replace "$" "$$" | quote }}
{{- end }}
{{- if and .Values.tags (not (has "DD_TAGS" $extraEnv)) }}
- name: DD_TAGS
  value: {{ toRawJson .Values.tags | replace "$" "$$" | quote }}
{{- end }}
{{- if and .Values.fields (not (has "EVENTBATON_FIELDS" $extraEnv)) }}
- name: EVENTBATON_FIELDS
  value: {{ toRawJson .Values.fields | replace "$" "$$" | quote }}
{{- end }}
{{- if not (has "DD_HEALTH_PORT" $extraEnv) }}
- name: DD_HEALTH_PORT
  value: {{ toJson .Values.healthPort | quote }}
{{- end }}
{{- if and .Values.watchNamespace (not (has "EVENTBATON_NAMESPACE" $extraEnv)) }}
- name: EVENTBATON_NAMESPACE
  value: {{ .Values.watchNamespace | replace "$" "$$" | quote }}
{{- end }}
{{- if and .Values.startFrom (not (has "EVENTBATON_START_FROM" $extraEnv)) }}
- name: EVENTBATON_START_FROM
  value: {{ .Values.startFrom | replace "$" "$$" | quote }}
{{- end }}
{{- if and (not (kindIs "invalid" .Values.eventTtl)) (not (has "EVENTBATON_EVENT_TTL" $extraEnv)) }}
- name: EVENTBATON_EVENT_TTL
  value: {{ toJson .Values.eventTtl | quote }}
{{- end }}
{{- if and (not (kindIs "invalid" .Values.checkpointInterval)) (not (has "EVENTBATON_CHECKPOINT_INTERVAL" $extraEnv)) }}
- name: EVENTBATON_CHECKPOINT_INTERVAL
  value: {{ toJson .Values.checkpointInterval | quote }}
{{- end }}
{{- if not (has "EVENTBATON_DRAIN_TIMEOUT" $extraEnv) }}
- name: EVENTBATON_DRAIN_TIMEOUT
  value: {{ toJson .Values.drainTimeout | quote }}
{{- end }}
{{- if and (not (kindIs "invalid" .Values.windowBytes)) (not (has "EVENTBATON_WINDOW_BYTES" $extraEnv)) }}
- name: EVENTBATON_WINDOW_BYTES
  value: {{ toJson .Values.windowBytes | quote }}
{{- end }}
{{- if and .Values.logLevel (not (has "EVENTBATON_LOG_LEVEL" $extraEnv)) }}
- name: EVENTBATON_LOG_LEVEL
  value: {{ .Values.logLevel | replace "$" "$$" | quote }}
{{- end }}
{{- if and .Values.sinks (not (has "EVENTBATON_SINKS" $extraEnv)) }}
- name: EVENTBATON_SINKS
  value: {{ include "eventbaton.sinks" . | replace "$" "$$" | quote }}
{{- end }}
{{- if not (has "DD_POD_NAME" $extraEnv) }}
- name: DD_POD_NAME
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: metadata.name
{{- end }}
{{- if not (has "EVENTBATON_POD_UID" $extraEnv) }}
- name: EVENTBATON_POD_UID
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: metadata.uid
{{- end }}
{{- if not (has "EVENTBATON_NODE_NAME" $extraEnv) }}
- name: EVENTBATON_NODE_NAME
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: spec.nodeName
{{- end }}
{{- if not (has "EVENTBATON_POD_NAMESPACE" $extraEnv) }}
- name: EVENTBATON_POD_NAMESPACE
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: metadata.namespace
{{- end }}
{{- if and (or .Values.settingsFile.content .Values.settingsFile.existingConfigMap) (not (has "EVENTBATON_CONFIG" $extraEnv)) }}
- name: EVENTBATON_CONFIG
  value: {{ printf "%v/%v" "/etc/eventbaton/settings" .Values.settingsFile.key | replace "$" "$$" | quote }}
{{- end }}
{{- if not (has "NODE_OPTIONS" $extraEnv) }}
- name: NODE_OPTIONS
  value: "--max-semi-space-size=4"
{{- end }}
{{- with include "eventbaton.extraEnv" . | fromJsonArray }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "eventbaton.testSelectorLabels" -}}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/name: eventbaton-test
{{- end }}

{{- define "eventbaton.testLabels" -}}
{{ include "eventbaton.testSelectorLabels" . }}
app.kubernetes.io/component: test
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | replace "+" "_" | quote }}
helm.sh/chart: {{ include "eventbaton.chart" . | quote }}
{{- end }}
