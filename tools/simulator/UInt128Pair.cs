using System.Buffers.Binary;

namespace Sluice.Simulator;

/// <summary>A SHA-256 as a value: a dictionary of these holds no arrays.</summary>
internal readonly record struct UInt128Pair(UInt128 High, UInt128 Low)
{
    public static UInt128Pair Read(ReadOnlySpan<byte> hash) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));

    public override string ToString() => $"{High:x32}{Low:x32}";
}
