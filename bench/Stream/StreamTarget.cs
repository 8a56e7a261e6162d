using System.Text;

namespace Sluice.Bench.Stream;

/// <summary>A way to the simulated model.</summary>
/// <param name="Name">As shown.</param>
/// <param name="Address">Scheme, host and port.</param>
/// <param name="Model">Model to ask for.</param>
/// <param name="Allowed">What it may take above direct; null for a peer.</param>
internal sealed record StreamTarget(string Name, Uri Address, string Model, StreamAllowance? Allowed = null)
{
    /// <summary>Further lines of a request's head, each with its end.</summary>
    public string Head { get; init; } = "";

    public byte[] Request(string message)
    {
        var body = $$"""{"model":"{{Model}}","stream":true,"messages":[{"role":"user","content":"{{message}}"}]}""";
        return Encoding.ASCII.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: {Address.Authority}\r\nAuthorization: Bearer sk-dev\r\n"
            + $"{Head}Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }
}
