using MassTransit;

namespace Sluice.Durability.Messaging;

/// <summary>
/// The parts of <c>amqp://user:password@host:port/vhost</c>. An empty path is the virtual host <c>/</c>.
/// </summary>
/// <param name="Host">Host name or address.</param>
/// <param name="Port">TCP port; 5672, or 5671 for <c>amqps</c>, when the URI names none.</param>
/// <param name="VirtualHost">Virtual host, decoded.</param>
/// <param name="User">User name, decoded; <c>guest</c> by default.</param>
/// <param name="Password">Password, decoded; <c>guest</c> by default.</param>
/// <param name="Tls">Whether the scheme is <c>amqps</c>.</param>
public sealed record RabbitMqUri(string Host, ushort Port, string VirtualHost, string User, string Password, bool Tls)
{
    /// <exception cref="FormatException">Not an <c>amqp</c> or <c>amqps</c> URI.</exception>
    public static RabbitMqUri Parse(string? value)
    {
        if (!Uri.TryCreate(value, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("amqp" or "amqps") || uri.Host.Length == 0)
        {
            throw new FormatException("ConnectionStrings:RabbitMq is not amqp://user:password@host:port/vhost.");
        }

        var tls = uri.Scheme == "amqps";
        var user = uri.UserInfo.Split(':', 2);
        var path = uri.AbsolutePath.Length > 1 ? Uri.UnescapeDataString(uri.AbsolutePath[1..]) : "/";
        return new RabbitMqUri(
            uri.Host,
            uri.Port > 0 ? (ushort)uri.Port : tls ? (ushort)5671 : (ushort)5672,
            path,
            user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : "guest",
            user.Length == 2 ? Uri.UnescapeDataString(user[1]) : "guest",
            tls);
    }

    /// <summary>Never shows the password.</summary>
    public override string ToString() =>
        $"{(Tls ? "amqps" : "amqp")}://{User}:***@{Host}:{Port}/{Uri.EscapeDataString(VirtualHost)}";
}
