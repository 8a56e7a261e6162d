using System.Reflection;
using System.Text.Json;
using MassTransit;
using MassTransit.Serialization;
using Shouldly;
using Sluice.Contracts.Shards;
using Xunit;

namespace Sluice.Tests.Unit.Contracts;

/// <summary>
/// Names and members of messages are what processes of different releases, and messages that wait in a queue during an
/// update, have in common. A line of WireFormat.snapshot may be added or get an optional member; none may change.
/// </summary>
public sealed class WireFormatTests
{
    // MassTransit's own settings; only the line breaks are ours.
    private static readonly JsonSerializerOptions s_options =
        new(SystemTextJsonMessageSerializer.Options) { WriteIndented = false };

    public static TheoryData<Type> Contracts =>
        [.. typeof(RunShard).Assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal)];

    [Fact]
    public void Names_and_members_are_those_of_the_snapshot()
    {
        var actual = Contracts.Select(row => Describe(row.Data));

        string.Join('\n', actual).ShouldBe(Snapshot().TrimEnd('\n'));
    }

    [Theory]
    [MemberData(nameof(Contracts))]
    public void A_message_survives_the_way_through_JSON(Type contract)
    {
        var sent = Sample(contract);

        var json = JsonSerializer.Serialize(sent, contract, s_options);
        var received = JsonSerializer.Deserialize(json, contract, s_options);

        received.ShouldBe(sent);
    }

    [Theory]
    [MemberData(nameof(Contracts))]
    public void A_message_with_members_of_a_later_release_is_read(Type contract)
    {
        var json = JsonSerializer.Serialize(Sample(contract), contract, s_options);
        var later = string.Concat(json.AsSpan(0, json.Length - 1), ",\"addedLater\":{\"a\":1}}");

        JsonSerializer.Deserialize(later, contract, s_options).ShouldBe(Sample(contract));
    }

    private static string Describe(Type contract)
    {
        var json = JsonSerializer.Serialize(Sample(contract), contract, s_options);
        return $"{MessageUrn.ForTypeString(contract)} {json}";
    }

    /// <summary>A message with every member set, to values that tell the members apart.</summary>
    private static object Sample(Type contract)
    {
        var message = Activator.CreateInstance(contract)!;
        var properties = contract.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanWrite).ToArray();
        for (var i = 0; i < properties.Length; i++)
        {
            properties[i].SetValue(message, ValueOf(properties[i].PropertyType, i + 1));
        }

        return message;
    }

    private static object ValueOf(Type type, int n) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(Guid) => new Guid(n, 0, 0, new byte[8]),
        var t when t == typeof(int) => n,
        var t when t == typeof(long) => (long)n,
        var t when t == typeof(bool) => true,
        var t when t == typeof(string) => $"text {n}",
        var t when t == typeof(TimeSpan) => TimeSpan.FromSeconds(n),
        var t when t == typeof(DateTimeOffset) => DateTimeOffset.UnixEpoch.AddSeconds(n),
        var t => throw new NotSupportedException($"Give {t} a sample value here."),
    };

    private static string Snapshot()
    {
        using var stream = typeof(WireFormatTests).Assembly.GetManifestResourceStream("WireFormat.snapshot")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
