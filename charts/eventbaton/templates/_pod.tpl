{{- define "eventbaton.pod" -}}
metadata:
  labels:
    {{- include "eventbaton.selectorLabels" . | nindent 4 }}
    app.kubernetes.io/version: {{ .Chart.AppVersion | replace "+" "_" | quote }}
    app.kubernetes.io/component: collector
    {{- with merge (dict) (default dict .Values.podLabels) (default dict .Values.commonLabels) }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- if or (and .Values.settingsFile.content (not .Values.settingsFile.existingConfigMap)) (merge (dict) (default dict .Values.podAnnotations) (default dict .Values.commonAnnotations)) }}
  annotations:
    {{- if and .Values.settingsFile.content (not .Values.settingsFile.existingConfigMap) }}
    checksum/settings: {{ sha256sum .Values.settingsFile.content | quote }}
    {{- end }}
    {{- with merge (dict) (default dict .Values.podAnnotations) (default dict .Values.commonAnnotations) }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
spec:
  serviceAccountName: {{ include "eventbaton.serviceAccountName" . | quote }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ int64 (add (ceil .Values.drainTimeout) 20) }}
  {{- with include "eventbaton.imagePullSecrets" . | fromJsonArray }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.priorityClassName }}
  priorityClassName: {{ .Values.priorityClassName | quote }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml .Values.topologySpreadConstraints | nindent 4 }}
  {{- else }}
  {{- if eq .Values.workload "Deployment" }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "eventbaton.selectorLabels" . | nindent 10 }}
  {{- end }}
  {{- end }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.hostNetwork }}
  hostNetwork: true
  {{- end }}
  {{- if .Values.dnsPolicy }}
  dnsPolicy: {{ .Values.dnsPolicy | quote }}
  {{- else }}
  {{- if .Values.hostNetwork }}
  dnsPolicy: ClusterFirstWithHostNet
  {{- end }}
  {{- end }}
  {{- with .Values.dnsConfig }}
  dnsConfig:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.hostAliases }}
  hostAliases:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.extraInitContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: collector
      image: {{ include "eventbaton.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy | quote }}
      args:
        - run
      env:
        {{- include "eventbaton.env" . | trim | nindent 8 }}
      {{- with .Values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: health
          containerPort: {{ int64 .Values.healthPort }}
          protocol: TCP
      {{- if .Values.startupProbe.enabled }}
      startupProbe:
        httpGet:
          path: /livez
          port: health
        {{- if not (kindIs "invalid" .Values.startupProbe.initialDelaySeconds) }}
        initialDelaySeconds: {{ int64 .Values.startupProbe.initialDelaySeconds }}
        {{- end }}
        timeoutSeconds: {{ int64 .Values.startupProbe.timeoutSeconds }}
        periodSeconds: {{ int64 .Values.startupProbe.periodSeconds }}
        failureThreshold: {{ int64 .Values.startupProbe.failureThreshold }}
      {{- end }}
      livenessProbe:
        httpGet:
          path: /livez
          port: health
        {{- if not (kindIs "invalid" .Values.livenessProbe.initialDelaySeconds) }}
        initialDelaySeconds: {{ int64 .Values.livenessProbe.initialDelaySeconds }}
        {{- end }}
        timeoutSeconds: {{ int64 .Values.livenessProbe.timeoutSeconds }}
        periodSeconds: {{ int64 .Values.livenessProbe.periodSeconds }}
        failureThreshold: {{ int64 .Values.livenessProbe.failureThreshold }}
      readinessProbe:
        httpGet:
          path: /readyz
          port: health
        {{- if not (kindIs "invalid" .Values.readinessProbe.initialDelaySeconds) }}
        initialDelaySeconds: {{ int64 .Values.readinessProbe.initialDelaySeconds }}
        {{- end }}
        timeoutSeconds: {{ int64 .Values.readinessProbe.timeoutSeconds }}
        periodSeconds: {{ int64 .Values.readinessProbe.periodSeconds }}
        failureThreshold: {{ int64 .Values.readinessProbe.failureThreshold }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.securityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - name: api-access
          mountPath: /var/run/secrets/kubernetes.io/serviceaccount
          readOnly: true
        {{- if or .Values.settingsFile.content .Values.settingsFile.existingConfigMap }}
        - name: settings
          mountPath: /etc/eventbaton/settings
          readOnly: true
        {{- end }}
        {{- if include "eventbaton.mountedKeys" (list "secretRef" .Values.sinks) | fromJsonArray }}
        - name: secrets
          mountPath: /etc/eventbaton/secrets
          readOnly: true
        {{- end }}
        {{- if include "eventbaton.mountedKeys" (list "configMapRef" .Values.sinks) | fromJsonArray }}
        - name: config-maps
          mountPath: /etc/eventbaton/config-maps
          readOnly: true
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    - name: api-access
      projected:
        defaultMode: 288
        sources:
          - serviceAccountToken:
              path: token
              expirationSeconds: 3600
          - configMap:
              name: kube-root-ca.crt
              items:
                - key: ca.crt
                  path: ca.crt
          - downwardAPI:
              items:
                - path: namespace
                  fieldRef:
                    apiVersion: v1
                    fieldPath: metadata.namespace
    {{- if or .Values.settingsFile.content .Values.settingsFile.existingConfigMap }}
    - name: settings
      configMap:
        name: {{ default (printf "%v-settings" (include "eventbaton.fullname" .)) .Values.settingsFile.existingConfigMap | quote }}
        defaultMode: 288
        items:
          - key: {{ .Values.settingsFile.key | quote }}
            path: {{ .Values.settingsFile.key | quote }}
    {{- end }}
    {{- if include "eventbaton.mountedKeys" (list "secretRef" .Values.sinks) | fromJsonArray }}
    - name: secrets
      projected:
        defaultMode: 288
        sources:
          {{- range $ref := include "eventbaton.mountedKeys" (list "secretRef" .Values.sinks) | fromJsonArray }}
          - secret:
              name: {{ $ref.name | quote }}
              items:
                - key: {{ $ref.key | quote }}
                  path: {{ printf "%v/%v" $ref.name $ref.key | quote }}
          {{- end }}
    {{- end }}
    {{- if include "eventbaton.mountedKeys" (list "configMapRef" .Values.sinks) | fromJsonArray }}
    - name: config-maps
      projected:
        defaultMode: 288
        sources:
          {{- range $ref := include "eventbaton.mountedKeys" (list "configMapRef" .Values.sinks) | fromJsonArray }}
          - configMap:
              name: {{ $ref.name | quote }}
              items:
                - key: {{ $ref.key | quote }}
                  path: {{ printf "%v/%v" $ref.name $ref.key | quote }}
          {{- end }}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
