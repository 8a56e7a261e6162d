# syntax=docker/dockerfile:1
# One image per service: docker build --build-arg SERVICE=gateway -t sluice/gateway .
# SERVICE is a folder of services/: gateway, streaming, scheduler, batch-worker.

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG SERVICE
WORKDIR /src
ENV NUGET_PACKAGES=/nuget CI=true DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
COPY Directory.Build.props Directory.Packages.props global.json .editorconfig BannedSymbols.txt ./
COPY shared/ shared/
COPY services/ services/
# The start-up program gets the same name in every image, so that one ENTRYPOINT serves all of them.
RUN --mount=type=cache,target=/nuget \
    test -n "$SERVICE" \
    && dotnet publish "services/$SERVICE" --configuration Release --output /app \
    && for config in /app/*.runtimeconfig.json; do mv "${config%.runtimeconfig.json}" /app/service; done

# No shell, no package manager; the user "app" (APP_UID, 1654) comes with the image. "extra" has the time zones (tzdata)
# and the ICU that schedules with a time_zone as Europe/Berlin need.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra AS final
WORKDIR /app
COPY --from=build /app ./
ENV DOTNET_ENVIRONMENT=Production \
    DOTNET_EnableDiagnostics=0 \
    MASSTRANSIT_USAGE_TELEMETRY=false \
    Internal__Url=http://0.0.0.0:8081
USER $APP_UID
EXPOSE 8080 8081 8082
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=2s --retries=3 \
    CMD ["/app/service", "--healthcheck"]
ENTRYPOINT ["/app/service"]
