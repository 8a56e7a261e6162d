using System.Text.RegularExpressions;
using Shouldly;
using Sluice.Durability.Postgres;
using Xunit;

namespace Sluice.Tests.Unit.Deployment;

public sealed partial class ComposeTests
{
    private const string MaxConnections = "max_connections=";

    private static readonly Yaml s_compose = Yaml.Load("docker-compose.yml").Single();

    public static TheoryData<string> Names => [.. Services.Names];

    [GeneratedRegex(@"\$\{(\w+)(?::-([^}]*))?\}")]
    private static partial Regex Variable { get; }

    [GeneratedRegex(@"--scale batch-worker=(\d+)")]
    private static partial Regex Scale { get; }

    private static Yaml Service(string name) => s_compose["services"].Members[name];

    [Fact]
    public void There_are_the_four_services_a_broker_and_a_database()
    {
        s_compose["services"].Members.Keys.ShouldBe([.. Services.Names, "rabbitmq", "postgres"], ignoreOrder: true);
        Service("rabbitmq")["image"].Text.ShouldBe("rabbitmq:3.13-management");
        Service("postgres")["image"].Text.ShouldBe("postgres:15");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_service_is_built_from_its_folder(string name)
    {
        var service = Service(name);

        service["build.args.SERVICE"].Text.ShouldBe(name);
        service["build.context"].Text.ShouldBe(".");
        service["image"].Text.ShouldBe($"sluice/{name}");
        service["command"].Exists.ShouldBeFalse("the image knows its command");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_service_has_no_rights_and_nothing_to_write_on(string name)
    {
        var service = Service(name);

        service["read_only"].Text.ShouldBe("true");
        service["user"].Text.ShouldBe("1654:1654");
        service["tmpfs"].Texts.ShouldBe(["/tmp"]);
        service["cap_drop"].Texts.ShouldBe(["ALL"]);
        service["security_opt"].Texts.ShouldContain("no-new-privileges:true");
        service["volumes"].Exists.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_service_is_checked_by_its_own_program(string name)
    {
        Service(name)["healthcheck.test"].Texts.ShouldBe(["CMD", "/app/service", "--healthcheck"]);
        Service(name)["stop_grace_period"].Text.ShouldBe("30s");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_service_starts_with_this_environment(string name) =>
        await Services.ValidateAsync(name, EnvironmentOf(name));

    [Fact]
    public async Task The_gateway_starts_in_production_with_the_key_that_the_comment_names()
    {
        var environment = EnvironmentOf("gateway");
        environment["DOTNET_ENVIRONMENT"] = "Production";
        environment["Internal__Secret"] = new string('s', 32);
        foreach (var (name, value) in Service("gateway")["environment"].Members)
        {
            // A name without a value is passed on from the shell, where it is set.
            if (value.Text is null && name.StartsWith("Identity__", StringComparison.Ordinal))
            {
                environment[name] = name.Split("__")[3] switch
                {
                    "Sha256" => new string('a', 64),
                    "Tenant" => "acme",
                    _ => name.EndsWith('0') ? "inference" : "batches",
                };
            }
        }

        await Services.ValidateAsync("gateway", environment);
    }

    [Fact]
    public async Task The_development_secret_is_refused_in_production()
    {
        var environment = EnvironmentOf("streaming");
        environment["DOTNET_ENVIRONMENT"] = "Production";

        var refusal = await Should.ThrowAsync<Exception>(() => Services.ValidateAsync("streaming", environment));

        refusal.Message.ShouldContain("Internal:Secret");
    }

    [Fact]
    public void Workers_scale_by_construction()
    {
        var worker = Service("batch-worker");

        worker["container_name"].Exists.ShouldBeFalse();
        worker["ports"].Exists.ShouldBeFalse();
        worker["hostname"].Exists.ShouldBeFalse();
    }

    [Fact]
    public void The_database_takes_all_connections_that_the_services_may_open_at_the_scale_of_the_first_lines()
    {
        var scale = int.Parse(Scale.Match(Repository.Read("docker-compose.yml")).Groups[1].ValueSpan, null);
        var settings = Service("postgres")["command"].Texts;
        var most = int.Parse(settings.Single(s => s.StartsWith(MaxConnections, StringComparison.Ordinal))
            .AsSpan(MaxConnections.Length), null);

        var opened = Services.Names.Where(name => EnvironmentOf(name).ContainsKey("ConnectionStrings__Postgres"))
            .Sum(name => (name == "batch-worker" ? scale : 1) * new PostgresOptions().MaxPoolSize);

        opened.ShouldBeGreaterThan(0);
        (opened + Connections.Reserved).ShouldBeLessThanOrEqualTo(most);
    }

    [Fact]
    public void The_gateway_alone_is_reached_from_outside_and_on_the_port_it_listens_on()
    {
        Service("gateway")["ports"].Texts.ShouldBe(["127.0.0.1:${SLUICE_PORT:-8080}:8080"]);
        new Uri(EnvironmentOf("gateway")["Gateway__PublicUrl"]).Port.ShouldBe(8080);

        Services.Names.Where(n => n != "gateway" && Service(n)["ports"].Exists).ShouldBeEmpty();
    }

    [Fact]
    public void Addresses_between_services_are_names_and_ports_of_this_file()
    {
        var addresses = Services.Names.SelectMany(EnvironmentOf)
            .Where(e => e.Key.EndsWith("__Address", StringComparison.Ordinal)
                || e.Key.StartsWith("ConnectionStrings__", StringComparison.Ordinal))
            .Select(e => new Uri(e.Value)).ToList();

        addresses.ShouldNotBeEmpty();
        foreach (var address in addresses)
        {
            s_compose["services"].Members.Keys.ShouldContain(address.Host);
            address.Port.ShouldBe(address.Host switch
            {
                "postgres" => 5432,
                "rabbitmq" => 5672,
                "streaming" => 8082,
                _ => 8081,
            });
        }
    }

    [Fact]
    public void The_accounts_of_broker_and_database_are_those_that_the_services_use()
    {
        var postgres = new Uri(EnvironmentOf("scheduler")["ConnectionStrings__Postgres"]);
        var rabbit = new Uri(EnvironmentOf("scheduler")["ConnectionStrings__RabbitMq"]);

        postgres.UserInfo.ShouldBe(Account("postgres", "POSTGRES_USER", "POSTGRES_PASSWORD"));
        postgres.AbsolutePath.ShouldBe("/" + EnvironmentOf("postgres")["POSTGRES_DB"]);
        rabbit.UserInfo.ShouldBe(Account("rabbitmq", "RABBITMQ_DEFAULT_USER", "RABBITMQ_DEFAULT_PASS"));

        static string Account(string service, string user, string password) =>
            $"{EnvironmentOf(service)[user]}:{EnvironmentOf(service)[password]}";
    }

    [Fact]
    public void Every_service_waits_for_what_it_needs_to_be_healthy()
    {
        foreach (var (name, service) in s_compose["services"].Members)
        {
            service["healthcheck.test"].Texts.ShouldNotBeEmpty(name);
            foreach (var (needed, condition) in service["depends_on"].Members)
            {
                s_compose["services"].Members.Keys.ShouldContain(needed);
                condition["condition"].Text.ShouldBe("service_healthy");
            }
        }
    }

    /// <summary>The environment as the container gets it when the shell sets nothing.</summary>
    private static Dictionary<string, string> EnvironmentOf(string service) => Service(service)["environment"].Members
        .Where(e => e.Value.Text is not null)
        .ToDictionary(
            e => e.Key, e => Variable.Replace(e.Value.Text!, m => m.Groups[2].Value), StringComparer.Ordinal);
}
