namespace Sluice.Tests.EndToEnd.Cluster;

/// <summary>Sends each request to the next gateway: what was begun at one goes on at the other.</summary>
internal sealed class AlternatingGateways(IReadOnlyList<Uri> gateways) : DelegatingHandler(new SocketsHttpHandler())
{
    private uint _turn;

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var gateway = gateways[(int)(Interlocked.Increment(ref _turn) % (uint)gateways.Count)];
        request.RequestUri = new UriBuilder(request.RequestUri!) { Host = gateway.Host, Port = gateway.Port }.Uri;
        return base.SendAsync(request, cancellationToken);
    }
}
