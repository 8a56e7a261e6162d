using System.Text.RegularExpressions;
using Shouldly;
using Sluice.Durability.Postgres;
using Xunit;

namespace Sluice.Tests.Unit.Deployment;

public sealed class KubernetesTests
{
    private static readonly Yaml s_config = Yaml.Load("k8s/config.yaml").Single();

    public static TheoryData<string> Names => [.. Services.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_manifest_is_a_deployment_and_a_service_that_finds_it(string name)
    {
        var (deployment, service) = Load(name);

        deployment["kind"].Text.ShouldBe("Deployment");
        service["kind"].Text.ShouldBe("Service");
        deployment["metadata.name"].Text.ShouldBe(name);
        service["metadata.name"].Text.ShouldBe(name);
        var label = service["spec.selector"].Members["app.kubernetes.io/name"].Text;
        deployment["spec.template.metadata.labels"].Members["app.kubernetes.io/name"].Text.ShouldBe(label);
        deployment["spec.selector.matchLabels"].Members["app.kubernetes.io/name"].Text.ShouldBe(label);
        Container(name)["image"].Text.ShouldBe($"sluice/{name}:{Version()}");
        Container(name)["command"].Exists.ShouldBeFalse("the image knows its command");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Probes_ask_the_paths_that_every_service_has(string name)
    {
        var container = Container(name);
        var port = new Uri(EnvironmentOf(name)["Internal__Url"]).Port.ToString();

        container["startupProbe.httpGet.path"].Text.ShouldBe("/healthz/live");
        container["livenessProbe.httpGet.path"].Text.ShouldBe("/healthz/live");
        container["readinessProbe.httpGet.path"].Text.ShouldBe("/healthz/ready");
        foreach (var probe in new[] { "startupProbe", "livenessProbe", "readinessProbe" })
        {
            PortOf(container, container[$"{probe}.httpGet.port"].Text!).ShouldBe(port);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_pod_has_no_rights_bounds_and_time_to_drain(string name)
    {
        var pod = Load(name).Deployment["spec.template.spec"];
        var container = Container(name);

        pod["securityContext.runAsNonRoot"].Text.ShouldBe("true");
        pod["automountServiceAccountToken"].Text.ShouldBe("false");
        container["securityContext.readOnlyRootFilesystem"].Text.ShouldBe("true");
        container["securityContext.allowPrivilegeEscalation"].Text.ShouldBe("false");
        container["securityContext.capabilities.drop"].Texts.ShouldBe(["ALL"]);
        container["resources.requests.cpu"].Text.ShouldNotBeNull();
        container["resources.limits.memory"].Text.ShouldNotBeNull();
        int.Parse(pod["terminationGracePeriodSeconds"].Text!).ShouldBeGreaterThan(25);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Ports_of_the_service_are_ports_of_the_container(string name)
    {
        var ports = Load(name).Service["spec.ports"].Items;

        ports.ShouldNotBeEmpty();
        foreach (var port in ports)
        {
            PortOf(Container(name), port["targetPort"].Text!).ShouldNotBeNull();
        }
    }

    [Fact]
    public void The_database_that_the_readme_asks_for_takes_all_connections_also_while_an_update_rolls()
    {
        var most = int.Parse(
            Regex.Match(Repository.Read("k8s/README.md"), "max_connections=([0-9]+)").Groups[1].ValueSpan, null);

        var processes = Services.Names.Where(name => EnvironmentOf(name).ContainsKey("ConnectionStrings__Postgres"))
            .Sum(name => int.Parse(Load(name).Deployment["spec.replicas"].Text!) + 1);

        processes.ShouldBeGreaterThan(0);
        ((processes * new PostgresOptions().MaxPoolSize) + Connections.Reserved).ShouldBeLessThanOrEqualTo(most);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_service_starts_with_this_environment(string name) =>
        await Services.ValidateAsync(name, EnvironmentOf(name));

    [Fact]
    public void The_gateway_reaches_the_services_on_ports_they_have()
    {
        foreach (var (_, value) in EnvironmentOf("gateway").Where(
            e => e.Key.EndsWith("__Address", StringComparison.Ordinal)))
        {
            var address = new Uri(value);
            Load(address.Host).Service["spec.ports"].Items.Select(p => p["port"].Text)
                .ShouldContain(address.Port.ToString());
        }
    }

    [Fact]
    public void The_gateway_sees_every_instance_of_streaming_and_reaches_it_on_its_own_port()
    {
        var service = Load("streaming").Service;

        service["spec.clusterIP"].Text.ShouldBe("None");
        foreach (var port in service["spec.ports"].Items)
        {
            // Without a virtual address nothing maps a port of the service to another of the pod.
            port["port"].Text.ShouldBe(PortOf(Container("streaming"), port["targetPort"].Text!));
        }
    }

    [Fact]
    public void The_secret_of_the_guide_has_every_key_that_is_used()
    {
        var guide = Repository.Read("k8s/README.md");

        var used = Services.Names.SelectMany(n => Container(n)["env"].Items)
            .Select(e => e["valueFrom.secretKeyRef.key"].Text).OfType<string>()
            .Distinct(StringComparer.Ordinal).ToList();

        used.ShouldNotBeEmpty();
        used.Where(key => !guide.Contains($"--from-literal={key}=", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private static (Yaml Deployment, Yaml Service) Load(string name)
    {
        var documents = Yaml.Load($"k8s/{name}.yaml");
        documents.Count.ShouldBe(2);
        return (documents[0], documents[1]);
    }

    private static Yaml Container(string name) =>
        Load(name).Deployment["spec.template.spec.containers"].Items.ShouldHaveSingleItem();

    private static string? PortOf(Yaml container, string name) => container["ports"].Items
        .FirstOrDefault(p => p["name"].Text == name)?["containerPort"].Text;

    private static string Version() =>
        Regex.Match(Repository.Read("Directory.Build.props"), "<Version>(.+)</Version>").Groups[1].Value;

    /// <summary>What the container gets, with samples for what the Secret holds.</summary>
    private static Dictionary<string, string> EnvironmentOf(string name) => Container(name)["env"].Items.ToDictionary(
        e => e["name"].Text!,
        e => e["value"].Text
            ?? (e["valueFrom.configMapKeyRef.key"].Text is { } key ? s_config["data"].Members[key].Text : null)
            ?? e["valueFrom.secretKeyRef.key"].Text switch
            {
                "postgres" => "postgresql://user:password@postgres:5432/sluice",
                "rabbitmq" => "amqp://user:password@rabbitmq:5672/",
                "internal-secret" => new string('s', 64),
                "key-sha256" => new string('a', 64),
                var unknown => throw new InvalidOperationException($"Give the secret key {unknown} a sample here."),
            },
        StringComparer.Ordinal);
}
