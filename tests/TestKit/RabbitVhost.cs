using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Sluice.TestKit.Servers;

namespace Sluice.TestKit;

/// <summary>
/// A fresh, empty virtual host for one test class; deleted when disposed, with its queues and connections.
/// </summary>
public sealed class RabbitVhost : IAsyncDisposable
{
    private readonly HttpClient _management;

    private RabbitVhost(Uri server, Uri management, string name)
    {
        Name = name;
        Uri = new UriBuilder(server) { Path = "/" + name }.Uri.ToString();
        _management = new HttpClient { BaseAddress = new UriBuilder(management) { UserName = "", Password = "" }.Uri };
        var credentials = Encoding.UTF8.GetBytes(System.Uri.UnescapeDataString(management.UserInfo));
        _management.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(credentials));
    }

    public string Name { get; }

    /// <summary><c>amqp://user:password@host:port/vhost</c>, as <c>ConnectionStrings:RabbitMq</c> takes it.</summary>
    public string Uri { get; }

    /// <param name="server">On this broker instead of the shared one; then with <paramref name="management"/>.</param>
    /// <param name="management">Management API of <paramref name="server"/>, with user and password.</param>
    public static async Task<RabbitVhost> CreateAsync(Uri? server = null, Uri? management = null)
    {
        if (server is null || management is null)
        {
            var shared = await SharedServers.GetAsync();
            (server, management) = (shared.RabbitMqUri, shared.RabbitMqManagementUri);
        }

        var vhost = new RabbitVhost(server, management, "test-" + Guid.NewGuid().ToString("N")[..16]);
        await vhost.PutAsync($"/api/vhosts/{vhost.Name}", []);
        var user = System.Uri.UnescapeDataString(server.UserInfo.Split(':')[0]);
        await vhost.PutAsync(
            $"/api/permissions/{vhost.Name}/{System.Uri.EscapeDataString(user)}",
            new JsonObject { ["configure"] = ".*", ["write"] = ".*", ["read"] = ".*" });
        return vhost;
    }

    /// <summary>
    /// Asks the management API about this vhost: <c>queues</c>, <c>exchanges</c>, <c>queues/{vhost}/name</c>.
    /// </summary>
    /// <param name="path">Below <c>/api/</c>; <c>{vhost}</c> stands for the vhost's name.</param>
    public async Task<JsonNode> GetAsync(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var address = "/api/" + path.Replace("{vhost}", Name, StringComparison.Ordinal);
        return (await _management.GetFromJsonAsync<JsonNode>(new Uri(address, UriKind.Relative)))!;
    }

    public async ValueTask DisposeAsync()
    {
        using (await _management.DeleteAsync(new Uri($"/api/vhosts/{Name}", UriKind.Relative)))
        {
            _management.Dispose();
        }
    }

    private async Task PutAsync(string path, JsonObject body)
    {
        using var response = await _management.PutAsJsonAsync(new Uri(path, UriKind.Relative), body);
        response.EnsureSuccessStatusCode();
    }
}
