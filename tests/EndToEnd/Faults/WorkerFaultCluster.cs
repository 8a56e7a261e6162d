using System.Globalization;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>
/// Two workers that die with every line called <see cref="Poison"/>, and a provider that tests may break.
/// </summary>
public sealed class WorkerFaultCluster : IAsyncLifetime
{
    /// <summary>The <c>custom_id</c> that ends its worker's process.</summary>
    public const string Poison = "poison";

    /// <summary>The model of the provider behind <see cref="Proxy"/>.</summary>
    public const string FrailModel = "frail-model";

    /// <summary>Calls that a worker may have open at that provider.</summary>
    public const int FrailConcurrency = 8;

    /// <summary>What a stopping worker gives the lines in flight: the default in a soak.</summary>
    public static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(FaultSettings.Soak ? 20 : 2);

    private static readonly Dictionary<string, string> s_none = [];

    private TestCluster? _cluster;
    private UpstreamSimulator? _frail;
    private FaultProxy? _proxy;

    internal TestCluster Cluster => _cluster ?? throw new InvalidOperationException("Not started.");

    internal SluiceApi Api { get; private set; } = null!;

    /// <summary>The witness of what reaches the provider.</summary>
    internal UpstreamSimulator Frail => _frail!;

    internal FaultProxy Proxy => _proxy!;

    public async ValueTask InitializeAsync()
    {
        _frail = await UpstreamSimulator.StartAsync();
        _proxy = FaultProxy.To(_frail.Address.Host, _frail.Address.Port);
        var settings = new Dictionary<string, string>
        {
            ["SLUICE_FAULT_POINTS"] = $"worker.line.{Poison}=kill",
            ["Inference__Providers__frail__BaseUrl"] = $"http://127.0.0.1:{_proxy.Port}/v1",
            ["Inference__Providers__frail__Models__0"] = FrailModel,
            ["Inference__Providers__frail__MaxConcurrency"] = FrailConcurrency.ToString(CultureInfo.InvariantCulture),
            ["Inference__Providers__frail__Circuit__BreakDuration"] = "00:00:00.500",
            ["Flow__ParkFor"] = "00:00:01",
            ["Worker__DrainTimeout"] = DrainTimeout.ToString(),
        };
        _cluster = await TestCluster.StartSharedAsync(options => options with
        {
            Workers = 2,
            Environment = (kind, _) => kind == ServiceKind.BatchWorker ? settings : s_none,
        });
        Api = _cluster.Api();
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            Api.Dispose();
            await _cluster.DisposeAsync();
        }

        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        if (_frail is not null)
        {
            await _frail.DisposeAsync();
        }
    }
}
