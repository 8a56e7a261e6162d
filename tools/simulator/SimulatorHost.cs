using Microsoft.AspNetCore.Builder;

namespace Sluice.Simulator;

/// <summary>The simulated model as an OpenAI-compatible server, callable from tests and benchmarks.</summary>
public static class SimulatorHost
{
    public static WebApplication Build(string[] args) => WebApplication.CreateBuilder(args).Build();
}
